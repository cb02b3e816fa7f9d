"""The pure core: arrays and frames in, arrays and frames out.

Letters, fixed for the whole core: N items, D embedding dimension, K features, V words,
T topics. Nothing here knows Dagster, files, the network or the clock.
"""
