"""Which occurrences of words are held out: a matter of the item, the word and the seed alone.

A hash decides about every occurrence, and no generator whose state would depend on what was read
before: blocks of any size, read any number of times, hold out the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from saetm.crew import Crew, Span
from saetm.emission.blocks import Block
from saetm.emission.layout import Entries
from saetm.errors import ContractError

# Steele, Lea and Flood (2014), SplitMix64: steps of a counter, then two rounds of mixing.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_ONE, _MIX_TWO = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT_ONE, _SHIFT_TWO, _SHIFT_LAST = np.uint64(30), np.uint64(27), np.uint64(31)
_ITEM, _WORD = np.uint64(0xD1342543DE82EF95), np.uint64(0xA24BAED4963EE407)  # odd multipliers


@dataclass(frozen=True, slots=True)
class Thinned:
    """Blocks of which a share of all occurrences is held out."""

    blocks: Iterable[Block]
    share: float
    seed: int
    crew: Crew

    def __iter__(self) -> Iterator[Block]:
        """Yield the blocks, with some of what was seen held out.

        Raises:
            ContractError: counts are not whole numbers.
        """
        first_item = 0
        for block in self.blocks:
            yield self._thin(block, first_item)
            first_item += block.n_items

    def _thin(self, block: Block, first_item: int) -> Block:
        seen = block.entries.seen
        if not np.array_equal(np.rint(seen), seen):
            raise ContractError("counts must be whole numbers where words are held out")
        draw = block.entries._replace(heldout=np.zeros_like(seen))
        keys = np.array([first_item, self.seed, self.share * 2**64], np.uint64)
        self.crew.walk(hold_out, block.costs, draw, keys)
        return replace(block, entries=draw._replace(seen=seen - draw.heldout))


def hold_out(span: Span, entries: Entries, keys: "np.typing.NDArray[np.uint64]") -> None:
    """Count the occurrences of each entry whose hash lies below a limit.

    Args:
        span: of words.
        entries: of a block; what is held out is written to them.
        keys: number of the block's first item, seed, and limit.
    """
    for word in range(span[0], span[1]):
        for entry in range(entries.start[word], entries.start[word + 1]):
            item = keys[0] + np.uint64(entries.item[entry])
            state = keys[1] * _STEP + item * _ITEM + np.uint64(word) * _WORD
            for _ in range(int(entries.seen[entry])):
                state += _STEP
                mixed = (state ^ (state >> _SHIFT_ONE)) * _MIX_ONE
                mixed = (mixed ^ (mixed >> _SHIFT_TWO)) * _MIX_TWO
                if mixed ^ (mixed >> _SHIFT_LAST) < keys[2]:
                    entries.heldout[entry] += np.float32(1)
