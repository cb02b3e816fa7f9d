"""Take a dataset through some stages in small portions.

    python -m tests.engines.small_portions DATASET ROWS STAGE...

So that a test can strike between two of them. What is computed is what is always computed.
"""

import sys

from saetm.errors import SaetmError
from saetm_assets.cli.run import run_dataset
from saetm_assets.stages import activations, embeddings


def main():
    dataset, rows, *stages = sys.argv[1:]
    embeddings.BATCH = activations.BATCH = int(rows)
    try:
        run_dataset(dataset, stages, quiet=True)
    except SaetmError as error:
        sys.exit(f"saetm: {error}")


if __name__ == "__main__":
    main()
