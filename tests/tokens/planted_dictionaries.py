"""Dictionaries of random features, and what the formula says of them."""

import numpy as np

from saetm.tokens.dictionary import Dictionary


def random_dictionary(seed, *, n_features=40, width=8, active_features=0):
    """Draw a dictionary whose features fire on about a third of random states."""
    draw = np.random.default_rng(seed)
    decoder = draw.normal(size=(n_features, width))
    return Dictionary(
        encoder=draw.normal(size=(n_features, width)).astype(np.float32),
        encoder_bias=draw.normal(size=n_features).astype(np.float32),
        decoder=(decoder / np.linalg.norm(decoder, axis=1, keepdims=True)).astype(np.float32),
        decoder_bias=draw.normal(size=width).astype(np.float32),
        thresholds=np.abs(draw.normal(size=n_features)).astype(np.float32),
        active_features=active_features,
    )


def naive_codes(dictionary, states):
    """Return dense activations, token by token, in float64."""
    codes = np.zeros((len(states), dictionary.n_features))
    for row, state in enumerate(states.astype(np.float64)):
        pre = dictionary.encoder.astype(np.float64) @ (state - dictionary.decoder_bias)
        pre = pre + dictionary.encoder_bias
        codes[row] = np.where(pre > dictionary.thresholds, pre, 0.0)
        if dictionary.active_features:
            dropped = np.argsort(-pre)[dictionary.active_features :]
            codes[row, dropped] = 0.0
    return codes
