"""Every mechanistic topic model that can be chosen by name; nothing heavy is loaded here."""

from saetm.mechanistic.model import FeatureModel

SOURCE = "Model Directions, Not Words, 2025"

_ALL = (
    FeatureModel("mlda", "mLDA", SOURCE, "mlda:fit_mlda", ("tomotopy",)),
    FeatureModel("metm", "mETM", SOURCE, "metm:fit_metm"),
    FeatureModel(
        "mbertopic", "mBERTopic", SOURCE, "mbertopic:fit_mbertopic", ("bertopic", "hdbscan", "umap")
    ),
)

MODELS = {model.name: model for model in _ALL}
"""By name, in the order of the paper."""
