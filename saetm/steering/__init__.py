"""Steering: a topic of features as a direction of a language model, and what pushing it does."""
