"""Take a dataset through the line in small batches of vectors, each written slowly.

    python -m tests.line.slow_encoder DATASET BATCH SECONDS

So that a test can strike between two batches. What is computed is what is always computed.
"""

import sys
import time

from resources.text_encoder import TextEncoder
from saetm_assets.cli.run import run_dataset
from saetm_assets.stages import embeddings


def main():
    dataset, batch, seconds = sys.argv[1:]
    encode = TextEncoder.encode

    def patiently(self, inputs):
        time.sleep(float(seconds))
        return encode(self, inputs)

    TextEncoder.encode = patiently
    embeddings.BATCH = int(batch)
    run_dataset(dataset, [], quiet=True)


if __name__ == "__main__":
    main()
