"""Words: the bag of each item and the vocabulary of a dataset."""
