"""A topic tree and the vectors of its features and words as safetensors, and back."""

from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from saetm.errors import ContractError
from saetm.topics.tree import Tree

_ARRAYS = {  # dtype and number of axes
    "leaf_of": (np.int32, 1),
    "merges": (np.int32, 2),
    "heights": (np.float64, 1),
    "weights": (np.float64, 1),
    "vectors": (np.float64, 2),
}
_WORDS = {"word_vectors": (np.float32, 2)}  # where there are words

Arrays = dict[str, NDArray[Any]]


def pack_tree(
    tree: Tree, vectors: NDArray[np.float64], word_vectors: NDArray[np.float32] | None
) -> bytes:
    """Serialise a tree with the vectors of its features and words; equal ones give equal bytes.

    Args:
        tree: over K features.
        vectors: (K, E) by which features were merged.
        word_vectors: (V, E) by which words are ordered, if there are any.
    """
    arrays = {name: getattr(tree, name) for name in _ARRAYS if name != "vectors"}
    words = {} if word_vectors is None else {"word_vectors": word_vectors}
    return safetensors.numpy.save({**arrays, "vectors": vectors, **words})


def unpack_tree(
    content: bytes, n_features: int, n_words: int
) -> tuple[Tree, NDArray[np.float64], NDArray[np.float32] | None]:
    """Read what `pack_tree` wrote, bit for bit, from bytes that anybody may have written.

    Raises:
        ContractError: it is no tree over so many features, or of so many words.
    """
    arrays = _read(content)
    vectors, word_vectors = arrays.pop("vectors"), arrays.pop("word_vectors", None)
    tree = Tree(**arrays)
    if not _are_vectors(vectors, n_features) or not _is_sound(tree, n_features):
        raise ContractError(f"the tree is none over {n_features} features")
    if word_vectors is not None and not _are_vectors(word_vectors, n_words):
        raise ContractError(f"the tree has not the vectors of {n_words} words")
    return tree, vectors, word_vectors


def _read(content: bytes) -> Arrays:
    try:
        arrays = safetensors.numpy.load(content)
    except (safetensors.SafetensorError, KeyError) as error:  # no file of its kind, or of dtypes
        raise ContractError("the tree is no safetensors file") from error
    found = {name: (array.dtype.type, array.ndim) for name, array in arrays.items()}
    if found not in (_ARRAYS, _ARRAYS | _WORDS):
        raise ContractError(f"the tree has the arrays {', '.join(sorted(found))}, or other kinds")
    return arrays


def _are_vectors(vectors: NDArray[np.floating], count: int) -> bool:
    return len(vectors) == count and bool(np.isfinite(vectors).all())


def _is_sound(tree: Tree, n_features: int) -> bool:
    """Tell whether every leaf has a feature, and every node but the last joins a later one."""
    merges, n_leaves = tree.merges, tree.n_leaves
    shapes = (tree.leaf_of.shape, merges.shape, tree.heights.shape, tree.weights.shape)
    if shapes != ((n_features,), (n_leaves - 1, 2), (n_leaves - 1,), (2 * n_leaves - 1,)):
        return False
    leaves = np.union1d(tree.leaf_of, -1)  # -1 is a feature without a leaf
    joined_later = merges < np.arange(n_leaves, 2 * n_leaves - 1)[:, None]
    return (
        np.array_equal(leaves, np.arange(-1, n_leaves))
        and np.array_equal(np.sort(merges, axis=None), np.arange(2 * n_leaves - 2))
        and bool(joined_later.all())
        and bool(np.isfinite(tree.heights).all() and np.isfinite(tree.weights).all())
    )
