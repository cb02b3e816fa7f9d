"""Every topic model that can be chosen by name."""

from saetm.models.bertopic import fit_bertopic
from saetm.models.lda import fit_lda
from saetm.models.model import Model
from saetm.models.neural.avitm import fit_avitm
from saetm.models.neural.combinedtm import fit_combinedtm
from saetm.models.neural.dectm import fit_dectm
from saetm.models.neural.dvae import fit_dvae
from saetm.models.neural.etm import fit_etm
from saetm.models.neural.fastopic import fit_fastopic
from saetm.models.neural.nstm import fit_nstm
from saetm.models.neural.tsctm import fit_tsctm
from saetm.models.nmf import fit_nmf

_ALL = (
    Model("lda", "LDA", "Blei, Ng and Jordan 2003", fit_lda, ("tomotopy",)),
    Model("avitm", "AVITM", "Srivastava and Sutton 2017", fit_avitm),
    Model("combinedtm", "CombinedTM", "Bianchi, Terragni and Hovy 2021", fit_combinedtm),
    Model("dectm", "DecTM", "Wu, Li and Miao 2021", fit_dectm),
    Model("dvae", "DVAE", "Burkhardt and Kramer 2019", fit_dvae),
    Model("etm", "ETM", "Dieng, Ruiz and Blei 2020", fit_etm),
    Model("fastopic", "FASTopic", "Wu, Nguyen, Zhang, Wang and Luu 2024", fit_fastopic),
    Model("nstm", "NSTM", "Zhao, Phung, Huynh, Le and Buntine 2021", fit_nstm),
    Model("tsctm", "TSCTM", "Wu, Luu and Dong 2022", fit_tsctm),
    Model("bertopic", "BERTopic", "Grootendorst 2022", fit_bertopic, ("bertopic", "umap")),
    Model("nmf", "NMF", "Lee and Seung 1999", fit_nmf),
)

MODELS = {model.name: model for model in _ALL}
"""By name, in the order of the paper's tables."""
