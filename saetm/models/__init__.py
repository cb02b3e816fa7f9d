"""Topic models to compare with: each takes the same corpus and returns topics in the same form.

Letters as in the whole core: N items, D embedding dimension, V words, T topics. A model is chosen
by its name from `saetm.models.catalogue`. Libraries are imported when a model is fitted.
"""
