"""Topic models of a dataset that a judge compares: who they are, and what they say of items."""
