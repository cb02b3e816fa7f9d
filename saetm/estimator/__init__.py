"""The core as a library: one estimator in the manner of scikit-learn, for notebooks.

Import it as `from saetm import SAETopicModel`.
"""
