"""Texts as every topic model of a comparison is given them: the same words, the same vectors."""

import gzip
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from newsgroups_topics import Corpus, count_words, embeddings, number_words
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True)
class TokenCorpus:
    """N items with their lemmas in order, and their embeddings."""

    tokens: list[NDArray[np.int64]]  # word id of every lemma, -1 outside the vocabulary
    words: NDArray[np.str_]  # (V,)
    embeddings: NDArray[np.float32]  # (N, D), unit rows

    @cached_property
    def counts(self) -> "sparse.csr_array[np.float64]":
        """(N, V) how often each item holds each word."""
        return count_words(self.tokens, len(self.words))

    @property
    def texts(self) -> list[str]:
        """The items as words of the vocabulary with spaces between."""
        return [" ".join(self.words[item[item >= 0]]) for item in self.tokens]

    @property
    def bag(self) -> Corpus:
        """The items without the order of their words."""
        return Corpus(self.counts, self.embeddings, self.words)

    def rows(self, chosen: NDArray[np.integer]) -> "TokenCorpus":
        """Return some of the items."""
        tokens = [self.tokens[item] for item in chosen]
        return TokenCorpus(tokens, self.words, self.embeddings[chosen])


def read_token_corpus(folder: Path, name: str) -> TokenCorpus:
    """Read the texts of FOLDER/NAME.jsonl.gz, lemmatise and embed them."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    tokens, words = number_words(texts)
    return TokenCorpus(tokens, words, embeddings(texts, name))


def word_vectors(folder: Path, words: NDArray[np.str_]) -> NDArray[np.float32]:
    """Return the (V, 300) word2vec vectors of words; one without gets the mean vector."""
    with np.load(folder / "word2vec_8k_300d.npz") as stored:
        known = dict(zip(stored["words"].tolist(), stored["vectors"], strict=True))
    mean = np.mean(list(known.values()), axis=0, dtype=np.float32)
    return np.array([known.get(word, mean) for word in words.tolist()], dtype=np.float32)
