"""The explorer: a read-only web application over the tables."""
