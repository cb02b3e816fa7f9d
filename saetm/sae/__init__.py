"""Sparse autoencoders: reusable features of embeddings, trained, stored and applied.

Import from the modules: `config` is light, `train`, `encode` and `autoencoder` load Torch.
"""
