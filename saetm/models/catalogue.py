"""Every topic model that can be chosen by name."""

from saetm.models.lda import fit_lda
from saetm.models.model import Model
from saetm.models.nmf import fit_nmf

_ALL = (
    Model("lda", "LDA", "Blei, Ng and Jordan 2003", fit_lda, ("tomotopy",)),
    Model("nmf", "NMF", "Lee and Seung 1999", fit_nmf),
)

MODELS = {model.name: model for model in _ALL}
