"""Encoding into sparse rows: seconds and memory, next to dense Torch and to other libraries.

    python benchmarks/sae_encoding.py

Rows are generated, the autoencoder is trained for one pass on 20,000 of them, and every encoder
holds these same weights. Each runs in a process of its own, so that its peak memory is its own;
rows lie in a file that is memory-mapped, block after block. Peers that are not installed have
rows without figures.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from footprint import footprint
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from sae_peers import PEERS, quiet
from sae_rivals import planted_rows
from scipy import sparse

from saetm.sae.config import SaeConfig
from saetm.sae.encode import encode
from saetm.sae.train import train
from saetm.sae.weights import Weights, from_safetensors, to_safetensors

BLOCK = 4096
Encoder = Callable[[torch.Tensor], torch.Tensor]
HEADING = Heading(
    "Encoding embeddings into sparse rows",
    "384 dimensions, 6,144 features, 32 active on average, from a memory-mapped file to sparse "
    "rows, in blocks of 4,096. `grown MB` is by how much the peak of resident memory rose, mapped "
    "pages of the file included (1.5 GB of a million rows); `codes MB` is what the result takes. "
    "Ours gives the same bits for a row alone and in a million; dense Torch and the peers (their "
    "`encode`, then the non-zero entries) do not. sparsify keeps the largest 32 of every row, the "
    "others what exceeds the threshold. `x dense` is the rate relative to dense Torch at the same "
    "number of rows.",
    "python benchmarks/sae_encoding.py",
    PEERS,
)


def main() -> None:
    """Encode with each and publish the table."""
    parser = arguments(__doc__)
    options = parser.parse_args()
    sizes = [10_000] if options.short else [100_000, 1_000_000]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = planted_rows(20_000)
        config = SaeConfig(dictionary_size=6144, active_features=32, epochs=1, batch_size=512)
        (folder / "sae").write_bytes(to_safetensors(train(rows, config).weights))
        lines = [line for size in sizes for line in measured(folder, rows, size)]
    publish(options.results, "sae_encoding", lines, HEADING)


def measured(folder: Path, rows: NDArray[np.float32], size: int) -> Iterator[dict[str, Cell]]:
    """Encode so many rows with each encoder; of a million only with ours and dense Torch."""
    path = folder / f"rows{size}.npy"
    mapped = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(size, 384))
    for start in range(0, size, len(rows)):
        mapped[start : start + len(rows)] = rows[: size - start]
    del mapped
    dense = None
    for name in ENCODERS if size <= 100_000 else list(ENCODERS)[:2]:
        try:
            taken = footprint(encoded, name, str(folder), str(path))
        except RuntimeError:
            yield {"rows": size, "library": name, "rows per s": None}
            continue
        seconds, n_active, megabytes = taken.result
        dense = seconds if name == "dense Torch" else dense
        print(f"{size} rows, {name}: {seconds:.1f} s", flush=True)
        yield {
            "rows": size,
            "library": name,
            "rows per s": round(size / seconds),
            "L0": n_active / size,
            "grown MB": round(taken.grown_mb),
            "codes MB": round(megabytes),
            "x dense": dense / seconds if dense else None,
        }
    path.unlink()


def encoded(name: str, folder: str, path: str) -> tuple[float, int, float]:
    """Encode a file of rows; return seconds, active entries, and MiB of the result."""
    weights = from_safetensors((Path(folder) / "sae").read_bytes())
    rows = np.load(path, mmap_mode="r")
    work = ENCODERS[name](weights)
    work(rows[:256])
    began = time.perf_counter()
    codes = work(rows)
    seconds = time.perf_counter() - began
    size = codes.data.nbytes + codes.indices.nbytes + codes.indptr.nbytes
    return seconds, codes.nnz, size / 2**20


Work = Callable[[NDArray[np.float32]], "sparse.csr_array[np.float32]"]


def by_saetm(weights: Weights) -> Work:
    """Encode by saetm."""
    return lambda rows: encode(rows, weights, block_rows=BLOCK)


def by_torch(weights: Weights) -> Work:
    """Encode by products in full and a comparison."""
    encoder, bias = torch.from_numpy(weights.encoder), torch.from_numpy(weights.encoder_bias)
    centre = torch.from_numpy(weights.decoder_bias)

    def dense(block: torch.Tensor) -> torch.Tensor:
        pre = torch.addmm(bias, block - centre, encoder.T)
        return torch.where(pre > weights.threshold, pre, 0.0)

    return lambda rows: blockwise(rows, dense)


def by_dictionary_learning(weights: Weights) -> Work:
    """Encode by the library of SAE-TM's authors."""
    from dictionary_learning.trainers.batch_top_k import BatchTopKSAE  # noqa: PLC0415 - a peer

    sae = BatchTopKSAE(weights.dimension, weights.dictionary_size, 32)
    sae.encoder.weight.data = torch.from_numpy(weights.encoder)
    sae.encoder.bias.data = torch.from_numpy(weights.encoder_bias)
    sae.b_dec.data = torch.from_numpy(weights.decoder_bias)
    sae.threshold.fill_(weights.threshold)
    return lambda rows: blockwise(rows, sae.encode)


def by_sae_lens(weights: Weights) -> Work:
    """Encode by SAELens, which keeps a trained BatchTopK as a JumpReLU autoencoder."""
    from sae_lens import JumpReLUSAE, JumpReLUSAEConfig  # noqa: PLC0415 - a peer

    chosen = JumpReLUSAEConfig(d_in=weights.dimension, d_sae=weights.dictionary_size)
    sae = JumpReLUSAE(chosen)
    sae.W_enc.data = torch.from_numpy(weights.encoder).T.contiguous()
    sae.b_enc.data = torch.from_numpy(weights.encoder_bias)
    sae.b_dec.data = torch.from_numpy(weights.decoder_bias)
    sae.threshold.data.fill_(weights.threshold)
    return lambda rows: blockwise(rows, sae.encode)


def by_sparsify(weights: Weights) -> Work:
    """Encode by sparsify, whose codes are indices and values already."""
    with quiet():
        from sparsify import SparseCoder, SparseCoderConfig  # noqa: PLC0415 - a peer

    chosen = SparseCoderConfig(num_latents=weights.dictionary_size, k=32)
    coder = SparseCoder(weights.dimension, chosen)
    coder.encoder.weight.data = torch.from_numpy(weights.encoder)
    coder.encoder.bias.data = torch.from_numpy(weights.encoder_bias)
    coder.b_dec.data = torch.from_numpy(weights.decoder_bias)

    @torch.no_grad()
    def work(rows: NDArray[np.float32]) -> "sparse.csr_array[np.float32]":
        found = [coder.encode(torch.from_numpy(block)) for block in blocks(rows)]
        values = torch.cat([each.top_acts.flatten() for each in found]).numpy()
        columns = torch.cat([each.top_indices.flatten() for each in found]).int().numpy()
        starts = np.arange(0, 32 * len(rows) + 1, 32, dtype=np.int32)
        return sparse.csr_array(
            (values, columns, starts), shape=(len(rows), weights.dictionary_size)
        )

    return work


@torch.no_grad()
def blockwise(rows: NDArray[np.float32], encoder: Encoder) -> "sparse.csr_array[np.float32]":
    """Encode blocks densely and keep what is not zero."""
    codes = [sparse.csr_array(encoder(torch.from_numpy(block)).numpy()) for block in blocks(rows)]
    return sparse.csr_array(sparse.vstack(codes, format="csr"))


def blocks(rows: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Yield copies of blocks of rows."""
    for start in range(0, len(rows), BLOCK):
        yield np.array(rows[start : start + BLOCK])


ENCODERS: dict[str, Callable[[Weights], Work]] = {
    "dense Torch": by_torch,
    "saetm": by_saetm,
    "sparsify": by_sparsify,
    "dictionary_learning": by_dictionary_learning,
    "SAELens": by_sae_lens,
}


if __name__ == "__main__":
    main()
