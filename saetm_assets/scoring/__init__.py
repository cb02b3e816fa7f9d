"""What is scored, what it is held against, and who judges it."""
