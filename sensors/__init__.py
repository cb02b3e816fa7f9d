"""What the graph cannot see: deliveries, growth, failures. A sensor imports no stage."""
