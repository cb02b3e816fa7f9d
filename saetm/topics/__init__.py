"""Merge features into topics: vectors, tree, cuts, words and mixtures."""
