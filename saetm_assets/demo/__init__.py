"""Datasets to try everything with, made on the spot: painted prints and the prose of Python."""
