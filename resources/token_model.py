"""The door to the insides of language models: the state of every token after a block."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resources.ahead import ahead
from resources.compute import Compute
from resources.encoding import Room
from resources.text_encoder import MINILM_SHA256, minilm_folder
from resources.token_windows import Batch, Frame, Tokens, batches, chunks, tokenise
from resources.torchvision_ops import declare_missing_operators
from resources.transformer_blocks import blocks_path, find_layer
from resources.weights import HASH_LENGTH, find_commit, hash_folder, loading
from saetm.errors import ContractError, InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor
    from torch.nn import Module
    from transformers import PreTrainedConfig

CONTEXT: Final = 1024  # tokens, of a model that says none
LONGEST: Final = 2**20  # tokens; tokenizers that know no limit name a number far beyond
ACCELERATED: Final = "bfloat16"  # the number type on an accelerator, unless set


@dataclass(frozen=True, slots=True, eq=False)
class TokenStates:
    """States of the tokens of some windows; special tokens are left out."""

    states: "Tensor"  # (n, H) float32, on the model's device
    texts: NDArray[np.int64]  # (n,) number of the text, from 0 over all that were given
    starts: NDArray[np.int64]  # (n,) first character of the token in its text
    ends: NDArray[np.int64]  # (n,) character after its last
    offsets: NDArray[np.int64]  # (w + 1,) where windows begin among the tokens, and end
    first: int  # number of the first of `sources`
    sources: Sequence[str]  # texts near these, among them all that tokens are of

    def windows(self) -> "Iterator[WindowStates]":
        """Yield the windows one by one."""
        states = self.states.cpu().numpy()
        for begin, end in pairwise(self.offsets):
            text = int(self.texts[begin])
            source = self.sources[text - self.first]
            ends = self.ends[begin:end].tolist()
            begins = [int(self.starts[begin]), *ends[:-1]]
            pieces = [source[left:right] for left, right in zip(begins, ends, strict=True)]
            yield WindowStates(text, states[begin:end], pieces)


@dataclass(frozen=True, slots=True, eq=False)
class WindowStates:
    """States of the tokens of one window."""

    text_index: int  # number of the text, from 0 over all that were given
    states: NDArray[np.float32]  # (n, H)
    pieces: list[str]  # (n) the tokens with what stands before them: together they are the text


@dataclass(frozen=True)
class TokenModel:
    """A transformer up to one of its blocks; what follows the block is not even loaded."""

    source: str  # folder, or name on the hub
    revision: str | None  # commit on the hub; None for a folder
    producer: str  # name @ version of the weights, layer, and what else decides about states
    layer: int  # block whose output is read, from 0
    layers: int  # blocks of the whole model
    module: str  # path of the block in the model
    width: int  # H, length of a state
    context: int  # tokens of a window with special tokens
    compute: Compute

    def states(self, texts: Iterable[str]) -> Iterator[TokenStates]:
        """Yield the states of all tokens, a batch of windows at a time.

        Texts longer than the context are cut into windows; no token is lost and none is twice.
        Tokens come in no order of texts: those of windows that are equally long come together.
        Memory depends on the longest text, and not on how many there are.

        Args:
            texts: read as they are needed; an empty one has no tokens.

        Raises:
            InputError: the model cannot be loaded, or one window is more than the device holds.
            ContractError: a state is not finite.
        """
        first = 0
        tokenising = partial(tokenise, self.tokenizer)
        with ThreadPoolExecutor(1) as pool:
            for tokens in ahead(pool, tokenising, chunks(texts), window=2):
                yield from self._states_of(tokens, first)
                first += len(tokens.sources)

    def windows(self, texts: Iterable[str]) -> Iterator[WindowStates]:
        """Yield what `states` does, window by window, with the tokens as text."""
        for each in self.states(texts):
            yield from each.windows()

    def _states_of(self, tokens: Tokens, first: int) -> Iterator[TokenStates]:
        for batch in batches(tokens, self.frame, self.compute.batch_size):
            yield TokenStates(
                states=self.forward(batch),
                texts=first + tokens.texts[batch.places],
                starts=tokens.starts[batch.places],
                ends=tokens.ends[batch.places],
                offsets=np.concatenate([[0], np.cumsum(batch.is_real.sum(axis=1))]),
                first=first,
                sources=tokens.sources,
            )

    def forward(self, batch: Batch) -> "Tensor":
        """Return the states (n, H) of the real tokens of a batch, in its order.

        Raises:
            InputError: the device has no room for one window.
            ContractError: a state is not finite.
        """
        import torch

        rows = len(batch.ids)
        parts = self._room.attempt(
            lambda size: [
                self._network.read(batch, slice(start, start + size))
                for start in range(0, rows, min(size, rows))
            ]
        )
        states = torch.cat(parts) if len(parts) > 1 else parts[0]
        if not bool(torch.isfinite(states).all()):
            raise ContractError(f"states of {self.producer!r} hold values that are not finite")
        return states

    @cached_property
    def tokenizer(self) -> "Tokenizer":
        """What splits texts, without truncation and padding.

        Names of special tokens in a text are text, so that no text can end itself.
        """
        return self._prepared.tokenizer

    @cached_property
    def frame(self) -> Frame:
        """What the model wants around the tokens of a text."""
        return self._prepared.frame

    @cached_property
    def _prepared(self) -> "_Prepared":
        with loading(self.source):
            return _prepare(self.source, self.revision, self.context, self.compute)

    @cached_property
    def _room(self) -> Room:
        return Room(self.compute.batch_size)

    @cached_property
    def _network(self) -> "_Network":
        with loading(self.source), _quiet():
            return _load(self)


def open_token_model(
    name: str, layer: int | None, compute: Compute, *, window: int | None = None
) -> TokenModel:
    """Open a language model at one of its blocks; weights are loaded with the first texts.

    Args:
        name: "minilm" (embedded), a folder with a model of the transformers library, or a name on
            the hub, "NAME@REVISION".
        layer: block whose output is read, from 0; None for the middle one.
        compute: where and how to run.
        window: tokens of a window with special tokens; None for the model's context.

    Raises:
        InputError: there is no such model or layer, or it has no single list of blocks.
    """
    source, revision, version = find_model(name)
    with loading(source):
        config = _config(source, revision, compute)
    count = int(config.get_text_config().num_hidden_layers)
    number = find_layer(count, layer)
    with loading(source):
        skeleton = _skeleton(config, compute)
    context = _context(config, skeleton)
    return TokenModel(
        source=source,
        revision=revision,
        producer=_producer(version, number, window, compute),
        layer=number,
        layers=count,
        module=f"{blocks_path(skeleton, count)}.{number}",
        width=int(config.get_text_config().hidden_size),
        context=context if window is None else min(window, context),
        compute=compute,
    )


def find_model(name: str) -> tuple[str, str | None, str]:
    """Return folder or name on the hub, commit (of a folder None), and name @ version.

    Raises:
        InputError: there is no such model.
    """
    if name == "minilm":
        return str(minilm_folder()), None, f"minilm@{MINILM_SHA256[:HASH_LENGTH]}"
    folder = Path(name).expanduser()
    if folder.is_dir():
        return str(folder), None, f"{folder.resolve().name}@{hash_folder(folder)[:HASH_LENGTH]}"
    repository, _, revision = name.partition("@")
    commit = find_commit(repository, revision or None)
    return repository, commit, f"{repository}@{commit}"


def _producer(version: str, layer: int, window: int | None, compute: Compute) -> str:
    cut = "" if window is None else f", windows of {window}"
    return f"{version} layer {layer}{cut}{compute.narrow_dtype(on_accelerator=ACCELERATED)}"


def _config(source: str, revision: str | None, compute: Compute) -> "PreTrainedConfig":
    declare_missing_operators()
    from transformers import AutoConfig

    config: PreTrainedConfig = AutoConfig.from_pretrained(
        source, revision=revision, trust_remote_code=compute.trust_remote_code
    )
    return config


def _skeleton(config: "PreTrainedConfig", compute: Compute) -> "Module":
    """Build the whole model without its weights."""
    import torch
    from transformers import AutoModel

    with torch.device("meta"):
        skeleton: Module = AutoModel.from_config(  # type: ignore[no-untyped-call] # theirs
            copy.deepcopy(config), trust_remote_code=compute.trust_remote_code
        )
    return skeleton


def _context(config: "PreTrainedConfig", skeleton: "Module") -> int:
    """Return how many tokens the model has positions for.

    Families after RoBERTa count positions from behind the padding's id.
    """
    from torch.nn import Embedding

    said = getattr(config.get_text_config(), "max_position_embeddings", None)
    lost = [
        module.padding_idx + 1
        for path, module in skeleton.named_modules()
        if path.endswith("position_embeddings")
        and isinstance(module, Embedding)
        and module.padding_idx is not None
    ]
    return CONTEXT if said is None else int(said) - max(lost, default=0)


class _Prepared(NamedTuple):
    tokenizer: "Tokenizer"
    frame: Frame


def _prepare(source: str, revision: str | None, context: int, compute: Compute) -> _Prepared:
    """Load the tokenizer, and ask it what it puts around a text.

    A model that was trained behind a first token of its own, and whose tokenizer leaves that out
    (GPT-2), gets it: the state of whatever stands first is unlike all others.
    """
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    whole: Any = AutoTokenizer.from_pretrained(
        source, revision=revision, trust_remote_code=compute.trust_remote_code
    )
    if not whole.is_fast:
        raise InputError(f"The tokenizer of {source!r} does not tell where in a text a token is.")
    tokenizer = Tokenizer.from_str(whole.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    before, after = _surroundings(tokenizer)
    if not before and whole.bos_token_id is not None:
        before = (whole.bos_token_id,)
    limit = whole.model_max_length
    room = min(context, limit if limit < LONGEST else context) - len(before) - len(after)
    if room < 1:
        raise InputError(
            f"A window of {context} tokens leaves no room for text; give a larger one."
        )
    return _Prepared(tokenizer, Frame(before, after, whole.pad_token_id or 0, room))


def _surroundings(tokenizer: "Tokenizer") -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the special tokens before and after a text."""
    found = tokenizer.encode("a")
    real = [place for place, special in enumerate(found.special_tokens_mask) if not special]
    return tuple(found.ids[: real[0]]), tuple(found.ids[real[-1] + 1 :])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from reporting the blocks that are left out on purpose."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call] # transformers' own
    try:
        yield
    finally:
        logging.set_verbosity(before)


class _Network:
    """A loaded model whose forward pass ends at the block."""

    def __init__(self, model: "Module", block: str) -> None:
        self._model = model
        self._caught: list[Tensor] = []
        model.get_submodule(block).register_forward_hook(self._catch)

    def read(self, batch: Batch, rows: slice) -> "Tensor":
        """Return the states of the real tokens of some windows."""
        import torch

        device = next(self._model.parameters()).device
        ids, attention, is_real = (
            torch.from_numpy(each[rows]).to(device)
            for each in (batch.ids, batch.attention, batch.is_real)
        )
        padded = {} if bool(batch.attention[rows].all()) else {"attention_mask": attention.long()}
        with torch.inference_mode():
            self._model(input_ids=ids, **padded)
            return self._caught.pop()[is_real].float()

    def _catch(self, _block: "Module", _inputs: Any, output: Any) -> None:  # noqa: ANN401 - Torch's
        self._caught.append(output[0] if isinstance(output, tuple) else output)


def _load(wanted: TokenModel) -> _Network:
    from transformers import AutoModel

    compute = wanted.compute
    whole = _config(wanted.source, wanted.revision, compute)
    model, found = AutoModel.from_pretrained(
        wanted.source,
        revision=wanted.revision,
        config=_shortened(whole, wanted.layer + 1),
        dtype=compute.resolve_dtype(on_accelerator=ACCELERATED),
        trust_remote_code=compute.trust_remote_code,
        output_loading_info=True,
    )
    missing = sorted(name for name in found["missing_keys"] if "pooler" not in name)
    if missing:
        raise InputError(f"The model {wanted.source!r} lacks weights, among them {missing[0]!r}.")
    return _Network(model.to(compute.resolve_device()), wanted.module)


def _shortened(config: "PreTrainedConfig", count: int) -> "PreTrainedConfig":
    """Return the configuration of a model that has no more than its first blocks.

    Values that a configuration holds per block are cut with them.
    """
    short = copy.deepcopy(config)
    text = short.get_text_config()
    whole = text.num_hidden_layers
    shared = getattr(text, "num_kv_shared_layers", None)  # the last ones, of Gemma 3n
    if shared:
        text.num_kv_shared_layers = max(0, shared - (whole - count))
    for name, value in list(vars(text).items()):
        if isinstance(value, list) and len(value) == whole:
            setattr(text, name, value[:count])
    text.num_hidden_layers = count
    text.use_cache = False
    return short
