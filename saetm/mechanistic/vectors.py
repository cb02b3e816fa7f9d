"""Documents as points among token states."""

import numpy as np
from numpy.typing import NDArray

from saetm.mechanistic.model import FeatureCorpus


def document_vectors(corpus: FeatureCorpus) -> NDArray[np.float32]:
    """Return (N, H) e_d = sum_i c_di w_i / N_tok(d), zero for a document without features.

    References:
        Mechanistic topic models (arXiv 2507.23220), Eq. 14.
    """
    sums = corpus.counts.astype(np.float32) @ corpus.dictionary.decoder
    return np.asarray(sums / np.maximum(corpus.tokens, 1)[:, None], dtype=np.float32)
