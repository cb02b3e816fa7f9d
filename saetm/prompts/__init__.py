"""What is asked of language and vision models, and how their replies are read."""
