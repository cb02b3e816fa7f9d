"""The door to a language model that writes, as it is or steered, and reads what it wrote.

Texts are written with one block of the model steered. They are read by the model as it is: how
probable it finds them, and the states of their tokens.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from resources.block_hooks import steering, watching
from resources.causal_model import CausalModel, open_causal_model
from resources.compute import Compute
from resources.seeded_sampling import SeededSampling
from saetm.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

Each = TypeVar("Each")

UNSTEERED: Final = float("nan")  # magnitude of a text that the model writes as it is
MOST_LOSS: Final = 700.0  # nats per token, whose exponential is just a float


@dataclass(frozen=True, slots=True)
class Task:
    """One text to write."""

    prompt: str
    magnitude: float  # component along the direction, in the units of the states; or UNSTEERED
    seed: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """How texts are written."""

    tokens: int = 40  # at most
    temperature: float = 0.7  # 0 takes the most probable token each time
    as_message: bool = True  # put a prompt into the model's chat template, where it has one


@dataclass(frozen=True, slots=True)
class Written:
    """A text that a model wrote."""

    prompt: tuple[int, ...]  # tokens
    tokens: tuple[int, ...]  # the one that ends the text included, where it came
    text: str  # without prompt and special tokens


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """How the model as it is sees a text."""

    perplexity: float  # of each token after prompt and earlier tokens
    states: NDArray[np.float32]  # (n, H) of its tokens, special ones left out


@dataclass(frozen=True)
class Generator:
    """A causal language model with a block that can be steered."""

    model: CausalModel
    layer: int  # of the block, from 0

    @property
    def producer(self) -> str:
        """Who writes: name @ version of the weights."""
        return self.model.producer

    def check_fit(self, width: int) -> None:
        """Refuse a model in whose states a direction has no meaning.

        Args:
            width: components of the direction.

        Raises:
            InputError: the model has no such layer, or its states have another width.
        """
        if self.model.width != width:
            raise InputError(
                f"the topic is a direction of {width} components, and the states of "
                f"{self.producer!r} have {self.model.width}: take the model whose features the "
                "topic is made of, or one that was tuned from it"
            )
        self.model.path(self.layer)

    def write(
        self,
        tasks: Sequence[Task],
        sampling: Sampling,
        direction: NDArray[np.float32] | None = None,
    ) -> Iterator[Written]:
        """Write a text for each task, in order, a batch at a time.

        A text hangs on its seed, prompt and magnitude, and not on the other tasks but for rounding.

        Args:
            tasks: what to write.
            sampling: how.
            direction: (H,) unit vector; None where no task is steered.

        Raises:
            InputError: a magnitude leads to numbers that are none, a prompt is empty for a model
                that has no token to begin with, or prompt and text are longer than its context.
        """
        names = dict.fromkeys(task.prompt for task in tasks)
        prompts = {name: self.model.begin(name, as_message=sampling.as_message) for name in names}
        self.model.check_room(max(map(len, prompts.values()), default=0) + sampling.tokens)
        for batch in self._batches(tasks):
            begun = [prompts[task.prompt] for task in batch]
            with self._steered(batch, direction):
                written = self._write(begun, [task.seed for task in batch], sampling)
            for prompt, tokens in zip(begun, written, strict=True):
                text = self.model.tokenizer.decode(tokens, skip_special_tokens=True)
                yield Written(tuple(prompt), tuple(tokens), text)

    def read(self, texts: Sequence[Written]) -> Iterator[Reading]:
        """Read texts with the model as it is, in order, a batch at a time."""
        for batch in self._batches(texts):
            rows = [[*each.prompt, *each.tokens] for each in batch]
            logits, states = self._forward(rows)
            for text, said, seen in zip(batch, logits, states, strict=True):
                yield self._reading(text, said, seen)

    def _batches(self, tasks: Sequence[Each]) -> Iterator[Sequence[Each]]:
        size = self.model.compute.batch_size
        return (tasks[start : start + size] for start in range(0, len(tasks), size))

    def _steered(
        self, tasks: Sequence[Task], direction: NDArray[np.float32] | None
    ) -> AbstractContextManager[None]:
        from torch import from_numpy, tensor

        if direction is None:
            return nullcontext()
        device = self.model.network.device
        magnitudes = tensor([task.magnitude for task in tasks], device=device)
        block = self.model.block(self.layer)
        return steering(block, from_numpy(direction).to(device), magnitudes)

    def _write(
        self, prompts: Sequence[list[int]], seeds: Sequence[int], sampling: Sampling
    ) -> list[list[int]]:
        """Write a batch; prompts are padded on their left, so that all go on at one position."""
        from transformers import LogitsProcessorList

        width = max(map(len, prompts))
        rows = [[self.model.padding] * (width - len(each)) + each for each in prompts]
        mask = [[0] * (width - len(each)) + [1] * len(each) for each in prompts]
        written = self.model.network.generate(
            self._tensor(rows),
            attention_mask=self._tensor(mask),
            logits_processor=LogitsProcessorList([SeededSampling(seeds, sampling.temperature)]),
            generation_config=self._plain_search(sampling.tokens),
        )
        return [self._ended(tokens) for tokens in written[:, width:].tolist()]

    def _plain_search(self, tokens: int) -> Any:  # noqa: ANN401  transformers' GenerationConfig
        """Search greedily, whatever the model's own settings are: the processor draws."""
        from transformers import GenerationConfig

        return GenerationConfig(  # type: ignore[no-untyped-call] # transformers' own
            max_new_tokens=tokens,
            do_sample=False,
            num_beams=1,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            use_cache=True,  # by which a pass holds the newest token alone
            pad_token_id=self.model.padding,
            eos_token_id=sorted(self.model.ends) or None,
        )

    def _ended(self, tokens: list[int]) -> list[int]:
        """Cut a row behind the token that ends it; what follows is padding."""
        ends = (place for place, token in enumerate(tokens, 1) if token in self.model.ends)
        return tokens[: next(ends, len(tokens))]

    def _forward(self, rows: Sequence[list[int]]) -> "tuple[Tensor, Tensor]":
        """Return logits (B, L, V) and states (B, L, H) of rows, padded on their right."""
        from torch import inference_mode

        width = max(map(len, rows))
        padded = [row + [self.model.padding] * (width - len(row)) for row in rows]
        mask = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
        with inference_mode(), watching(self.model.block(self.layer)) as outputs:
            found = self.model.network(self._tensor(padded), attention_mask=self._tensor(mask))
        return found.logits, outputs[0]

    def _reading(self, text: Written, logits: "Tensor", states: "Tensor") -> Reading:
        """Read one text from (L, V) logits and (L, H) states."""
        first, count = len(text.prompt), len(text.tokens)
        said = logits[first - 1 : first - 1 + count].float().log_softmax(dim=-1)
        log_probabilities = said.gather(1, self._tensor(text.tokens).unsqueeze(-1))
        special = self.model.special
        kept = [first + place for place, token in enumerate(text.tokens) if token not in special]
        loss = -log_probabilities.double().mean().item()
        return Reading(math.exp(min(loss, MOST_LOSS)), states[kept].float().cpu().numpy())

    def _tensor(self, tokens: Sequence[int] | Sequence[list[int]]) -> "Tensor":
        from torch import tensor

        return tensor(tokens, device=self.model.network.device)


def open_generator(name: str, layer: int, compute: Compute) -> Generator:
    """Open a causal language model to steer; it is loaded when it is first asked for something.

    Args:
        name: a folder with a model of the transformers library, or the name of one on the hub,
            "NAME@REVISION".
        layer: block that is steered, from 0.
        compute: where to run it.

    Raises:
        InputError: there is no such model.
    """
    return Generator(open_causal_model(name, compute), layer)
