"""Which features are active in which items, and the sums over active entries that a step needs.

With 16 of 1,024 features active, dense products in the decoder and in all gradients spend
98 % of their time on zeros. Here each is a weighted sum of the rows that take part; where many
entries are active, as at the start of an L1 training, dense products are faster and are taken.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from saetm.crew import Crew
from saetm.sae.loops import mark_largest, multiply_pairs

_DENSE_SHARE = 0.1  # of entries active, from which on dense products are faster on a CPU
_PAIRS_AT_ONCE = 8192  # gathered at once on an accelerator


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Pairs of row and column, sorted by row and then by column."""

    rows: Tensor  # (A,) int32
    columns: Tensor  # (A,) int32
    shape: tuple[int, int]  # (n, K)

    @classmethod
    def at(cls, positions: Tensor, shape: tuple[int, int]) -> "Pattern":
        """Return the pattern of ascending positions (A,) in the flattened (n, K) matrix."""
        rows, columns = positions // shape[1], positions % shape[1]
        return cls(rows.to(torch.int32), columns.to(torch.int32), shape)

    @property
    def starts(self) -> Tensor:
        """Where each row begins, and the end: (n + 1,) int32."""
        numbers = torch.arange(self.shape[0] + 1, device=self.rows.device, dtype=torch.int32)
        return torch.searchsorted(self.rows, numbers, out_int32=True)

    def where(self, kept: Tensor) -> "Pattern":
        """Keep the pairs at ascending places (B,) among the (A,)."""
        rows, columns = (each.index_select(0, kept) for each in (self.rows, self.columns))
        return Pattern(rows, columns, self.shape)

    def by_row(self) -> tuple["Pattern", Tensor]:
        """Return pairs in any order sorted by row, those of a row as they were, and the order."""
        order = _order(self.rows, self.shape[0])
        return self.where(order), order

    def transposed(self) -> tuple["Pattern", Tensor]:
        """Return the pattern with rows and columns exchanged, and the order of its pairs."""
        return Pattern(self.columns, self.rows, self.shape[::-1]).by_row()

    def dense(self, values: Tensor) -> Tensor:
        """Return the (n, K) matrix that holds (A,) values, and zeros in between."""
        matrix = values.new_zeros(self.shape)
        matrix[self.rows, self.columns] = values
        return matrix

    def sums(self, values: Tensor, vectors: Tensor) -> Tensor:
        """Return the matrix of (A,) values times (K, D) vectors: (n, D)."""
        if self._is_dense:
            return self.dense(values) @ vectors
        return functional.embedding_bag(
            self.columns, vectors, self.starts[:-1], mode="sum", per_sample_weights=values
        )

    def products(self, left: Tensor, right: Tensor) -> Tensor:
        """Return the inner products of (n, D) and (K, D) vectors at the pairs: (A,)."""
        if self._is_dense:
            return (left @ right.T)[self.rows, self.columns]
        if left.device.type == "cpu":
            products = torch.empty(len(self.rows), dtype=left.dtype)
            walk_rows(multiply_pairs, self.starts, self.columns, left, right, products)
            return products
        pairs = torch.stack([self.rows, self.columns])
        parts = torch.split(pairs, _PAIRS_AT_ONCE, dim=1)
        return torch.cat([(left[rows] * right[columns]).sum(dim=1) for rows, columns in parts])

    def largest(self, values: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Find the `count` largest of (A,) values in each row; of equals the first.

        Returns:
            Their places among the values, ascending; the least of each row that has any.
        """
        starts = torch.unique_consecutive(self.starts)  # without rows that have no value
        limits = torch.empty(len(starts) - 1, count, dtype=values.dtype)
        marked = torch.empty(len(values), dtype=torch.bool)
        walk_rows(mark_largest, starts, values, limits, marked)
        return marked.nonzero()[:, 0], limits[:, 0]

    @property
    def _is_dense(self) -> bool:
        return len(self.rows) > _DENSE_SHARE * self.shape[0] * self.shape[1]


def walk_rows(loop: Callable[..., None], starts: Tensor, *arguments: Tensor) -> None:
    """Run a loop over rows on as many threads as Torch has; it may write to its arguments."""
    arrays = [each.detach().contiguous().numpy() for each in (starts, *arguments)]
    Crew(torch.get_num_threads()).walk(loop, arrays[0], *arrays)


def _order(numbers: Tensor, limit: int) -> Tensor:
    """Return the order that sorts (A,) numbers below a limit, equal ones as they are."""
    short = limit < 2**15  # sorted three times as fast
    return numbers.to(torch.int16 if short else torch.int32).argsort(stable=True)
