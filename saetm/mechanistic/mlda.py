"""mLDA: latent Dirichlet allocation whose words are features of token states."""

from saetm.mechanistic.model import FeatureCorpus, FeatureFit
from saetm.models.lda import Sampling, sample_topics
from saetm.models.model import Advance

ALPHA_SUM, BETA = 5.0, 0.01  # alpha is a sum over topics, as MALLET takes it
LEAST_GAIN = 2e-3  # planted topics change no more; documents hold many more features than words


def fit_mlda(corpus: FeatureCorpus, n_topics: int, seed: int, advance: Advance) -> FeatureFit:
    """Sample topics of features on one thread, every count a token of its own.

    The paper runs MALLET, which learns alpha and beta; tomotopy learns alpha alone.

    Raises:
        InputError: more topics than tomotopy can number.

    References:
        Mechanistic topic models (arXiv 2507.23220), Sec. 4.2.1.
    """
    how = Sampling(alpha=ALPHA_SUM / n_topics, eta=BETA, least_gain=LEAST_GAIN)
    topics, mixtures = sample_topics(corpus.counts, n_topics, how, seed, advance)
    return FeatureFit(topics, mixtures)
