"""A causal language model as it was loaded: its tokens, its prompts, its blocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from resources.compute import Compute
from resources.token_model import ACCELERATED, find_model
from resources.torchvision_ops import declare_missing_operators
from resources.transformer_blocks import block_path
from resources.weights import loading
from saetm.errors import InputError

if TYPE_CHECKING:
    from torch import nn

HEADS: Final = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")  # of what writes text


@dataclass(frozen=True)
class CausalModel:
    """A language model that writes text; each part is loaded when it is first asked for."""

    source: str  # folder, or name on the hub
    revision: str | None  # commit on the hub; None for a folder
    producer: str  # name @ version of the weights, and number type
    compute: Compute

    @property
    def config(self) -> Any:  # noqa: ANN401  of any of many classes
        """The configuration of the text model.

        Raises:
            InputError: the model writes no text.
        """
        return self._whole.get_text_config()

    @cached_property
    def _whole(self) -> Any:  # noqa: ANN401  of any of many classes
        declare_missing_operators()
        from transformers import AutoConfig

        with loading(self.source):
            whole = AutoConfig.from_pretrained(self.source, **self._where)
        kind = (whole.architectures or ["of no named kind"])[0]
        if not kind.endswith(HEADS):
            raise InputError(
                f"{self.source!r} ({kind}) writes no text, so it cannot be steered: that takes a "
                "causal language model, as the option tokens.model names one (a folder, or a name "
                "on the hub)"
            )
        return whole

    @cached_property
    def network(self) -> Any:  # noqa: ANN401  of any of many classes
        """The whole model, ready to write."""
        config = self._whole
        from transformers import AutoModelForCausalLM

        auto: Any = AutoModelForCausalLM
        with loading(self.source):
            network, found = auto.from_pretrained(
                self.source,
                config=config,
                dtype=self.compute.resolve_dtype(on_accelerator=ACCELERATED),
                output_loading_info=True,
                **self._where,
            )
        if missing := sorted(found["missing_keys"]):
            raise InputError(f"The model {self.source!r} lacks weights, among them {missing[0]!r}.")
        return network.to(self.compute.resolve_device()).eval()

    @cached_property
    def tokenizer(self) -> Any:  # noqa: ANN401  of any of many classes
        """What splits and joins texts."""
        declare_missing_operators()
        from transformers import AutoTokenizer

        with loading(self.source):
            return AutoTokenizer.from_pretrained(self.source, **self._where)

    @property
    def width(self) -> int:
        """H, components of a state."""
        return int(self.config.hidden_size)

    def path(self, layer: int) -> str:
        """Return the path of a block, from 0.

        Raises:
            InputError: there is no such block.
        """
        return block_path(self.network, int(self.config.num_hidden_layers), layer)

    def block(self, layer: int) -> "nn.Module":
        """Return a block, from 0.

        Raises:
            InputError: there is no such block.
        """
        block: nn.Module = self.network.get_submodule(self.path(layer))
        return block

    def begin(self, prompt: str, *, as_message: bool) -> list[int]:
        """Return the tokens of a prompt.

        Args:
            prompt: any text.
            as_message: put it into the model's chat template as a user's message; of a model that
                has none it stays as it is.

        Raises:
            InputError: it is empty, and the model has no token to begin with.
        """
        if as_message and self.tokenizer.chat_template:
            message = [{"role": "user", "content": prompt}]
            begun = self.tokenizer.apply_chat_template(message, add_generation_prompt=True)
            return list(begun["input_ids"] if isinstance(begun, Mapping) else begun)
        tokens = list(self.tokenizer(prompt)["input_ids"])
        if not tokens and self.tokenizer.bos_token_id is not None:
            tokens = [self.tokenizer.bos_token_id]
        if not tokens:
            raise InputError("the model cannot begin with an empty prompt: give it some words")
        return tokens

    def check_room(self, tokens: int) -> None:
        """Refuse what the model has no positions for.

        Raises:
            InputError: prompt and text together are longer than the model's context.
        """
        most = getattr(self.config, "max_position_embeddings", None)
        if most is not None and tokens > most:
            raise InputError(
                f"prompt and text of {tokens} tokens are more than the {most} that the model can "
                "hold: take fewer"
            )

    @cached_property
    def ends(self) -> frozenset[int]:
        """Tokens that end a text."""
        named = self.network.generation_config.eos_token_id
        if named is None:
            return frozenset()
        return frozenset(named if isinstance(named, list) else [named])

    @cached_property
    def special(self) -> frozenset[int]:
        """Tokens that stand for no text."""
        return self.ends | frozenset(self.tokenizer.all_special_ids)

    @cached_property
    def padding(self) -> int:
        """A token for places that are masked."""
        own = self.tokenizer.pad_token_id
        return int(own) if own is not None else min(self.ends, default=0)

    @property
    def _where(self) -> Mapping[str, Any]:
        from huggingface_hub import is_offline_mode

        return {
            "revision": self.revision or "main",
            "local_files_only": self.revision is None or is_offline_mode(),
            "trust_remote_code": self.compute.trust_remote_code,
        }


def open_causal_model(name: str, compute: Compute) -> CausalModel:
    """Open a causal language model; nothing of it is loaded yet.

    Args:
        name: a folder with a model of the transformers library, or the name of one on the hub,
            "NAME@REVISION".
        compute: where and how to run.

    Raises:
        InputError: there is no such model.
    """
    source, revision, version = find_model(name)
    producer = version + compute.narrow_dtype(on_accelerator=ACCELERATED)
    return CausalModel(source, revision, producer, compute)
