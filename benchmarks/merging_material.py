"""What the merging benchmark prepares once: a corpus in two halves, and fits of each."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from newsgroups_topics import Corpus, count_words, embeddings, fit_features, number_words
from numpy.typing import NDArray
from scipy import sparse

from resources.compute import Compute
from resources.encoder import open_encoder
from saetm.cuts import Material
from saetm.sae.config import SaeConfig

WORD2VEC = "word2vec_8k_300d.npz"


@dataclass(frozen=True, eq=False)
class Texts:
    """Items with their words, vectors and, where they are known, groups."""

    texts: list[str]  # (N,)
    tokens: list[NDArray[np.int64]]  # (N,) word ids in the order of the text, -1 for others
    counts: "sparse.csr_array[np.float64]"  # (N, V)
    embeddings: NDArray[np.float32]  # (N, D)
    groups: NDArray[np.str_] | None  # (N,)
    words: NDArray[np.str_]  # (V,)
    meanings: NDArray[np.float32]  # (V, D) MiniLM vectors of the words themselves
    word2vec: NDArray[np.float32]  # (V, 300) zero for a word that the file lacks

    def rows(self, chosen: NDArray[np.int64]) -> "Texts":
        """Return some of the items."""
        return Texts(
            texts=[self.texts[row] for row in chosen],
            tokens=[self.tokens[row] for row in chosen],
            counts=self.counts[chosen],
            embeddings=self.embeddings[chosen],
            groups=None if self.groups is None else self.groups[chosen],
            words=self.words,
            meanings=self.meanings,
            word2vec=self.word2vec,
        )


@dataclass(frozen=True, eq=False)
class Fit:
    """An autoencoder and emissions over some items, before anything is merged."""

    items: Texts
    material: Material  # with word vectors of the items themselves
    decoder: NDArray[np.float32]


def read_texts(folder: Path, name: str, n_items: int | None = None) -> Texts:
    """Read `newsgroups`, `un_debates` or `captions`; groups are those of newsgroup posts."""
    rows = _rows(folder, name)
    texts = [row["caption" if name == "captions" else "text"] for row in rows]
    vectors = embeddings(texts, name)
    texts, vectors = texts[:n_items], vectors[:n_items]
    tokens, words = number_words(texts)
    groups = np.array([row["id"].split("/")[0] for row in rows[:n_items]])
    return Texts(
        texts=texts,
        tokens=tokens,
        counts=count_words(tokens, len(words)),
        embeddings=vectors,
        groups=groups if name == "newsgroups" else None,
        words=words,
        meanings=_meanings(words.tolist()),
        word2vec=_word2vec(folder / WORD2VEC, words.tolist()),
    )


def halves(items: Texts) -> tuple[Texts, Texts]:
    """Divide items by chance, always in the same way: to decide on, and to report on."""
    order = np.random.default_rng(0).permutation(len(items.texts))
    return items.rows(order[::2]), items.rows(order[1::2])


def fit(items: Texts, seed: int, sae: SaeConfig | None = None) -> Fit:
    """Train an autoencoder and solve the emissions, both with the defaults."""
    corpus = Corpus(items.counts, items.embeddings, items.words)
    return Fit(items, *fit_features(corpus, seed, sae))


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    if name == "captions":
        content = (folder / "flickr8k" / "metadata.jsonl").read_text(encoding="utf-8")
        return [{"id": "", **json.loads(line)} for line in content.splitlines()]
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _meanings(words: list[str]) -> NDArray[np.float32]:
    return open_encoder("minilm", Compute(device="cpu")).encode(words)


def _word2vec(path: Path, words: list[str]) -> NDArray[np.float32]:
    with np.load(path, allow_pickle=False) as archive:
        vectors = archive["vectors"].astype(np.float32)
        place = {word: row for row, word in enumerate(archive["words"].tolist())}
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    absent = np.zeros(units.shape[1], dtype=np.float32)
    return np.stack([units[place[word]] if word in place else absent for word in words])
