"""Every topic model that can be chosen by name; nothing heavy is loaded here."""

from saetm.models.model import Model
from saetm.options import SAE_TM

OURS = SAE_TM

_ALL = (
    Model(OURS, "SAE-TM", "Sparse Autoencoders are Topic Models, 2025", "sae_tm:fit_sae_tm"),
    Model("lda", "LDA", "Blei, Ng and Jordan 2003", "lda:fit_lda", ("tomotopy",)),
    Model("avitm", "AVITM", "Srivastava and Sutton 2017", "neural.avitm:fit_avitm"),
    Model(
        "combinedtm",
        "CombinedTM",
        "Bianchi, Terragni and Hovy 2021",
        "neural.combinedtm:fit_combinedtm",
    ),
    Model("dectm", "DecTM", "Wu, Li and Miao 2021", "neural.dectm:fit_dectm"),
    Model("dvae", "DVAE", "Burkhardt and Kramer 2019", "neural.dvae:fit_dvae"),
    Model("etm", "ETM", "Dieng, Ruiz and Blei 2020", "neural.etm:fit_etm"),
    Model(
        "fastopic",
        "FASTopic",
        "Wu, Nguyen, Zhang, Wang and Luu 2024",
        "neural.fastopic:fit_fastopic",
    ),
    Model("nstm", "NSTM", "Zhao, Phung, Huynh, Le and Buntine 2021", "neural.nstm:fit_nstm"),
    Model("tsctm", "TSCTM", "Wu, Luu and Dong 2022", "neural.tsctm:fit_tsctm"),
    Model(
        "bertopic", "BERTopic", "Grootendorst 2022", "bertopic:fit_bertopic", ("bertopic", "umap")
    ),
    Model("nmf", "NMF", "Lee and Seung 1999", "nmf:fit_nmf"),
)

MODELS = {model.name: model for model in _ALL}
"""By name, our own first, then in the order of the paper's tables."""
