"""Items in two dimensions: near on the map where they are near by their vectors."""
