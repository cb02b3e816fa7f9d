"""Neural topic models: networks that read bags of words, and one way to train them."""
