"""What publishers say that features mean: Neuronpedia's exports, beside the autoencoder.

Neuronpedia gives them as files of JSON lines, `explanations/batch-0.jsonl.gz` and so on, each line
with the `index` of a feature and a `description`. Put into the folder with the weights, they are
read from there; none is downloaded.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from saetm.errors import InputError
from saetm.prompts.wording import shorten

FILES: Final = ("explanations*.jsonl", "explanations*.jsonl.gz")
INSIDE: Final = ("explanations/*.jsonl", "explanations/*.jsonl.gz")
LENGTH: Final = 300  # characters that are kept


def read_descriptions(folder: Path) -> dict[int, str]:
    """Return descriptions by feature; of several the first.

    Args:
        folder: that with the weights.

    Raises:
        InputError: a file is not as it should be.
    """
    found: dict[int, str] = {}
    for pattern in (*FILES, *INSIDE):
        for path in sorted(folder.glob(pattern)):
            for feature, description in _lines(path):
                found.setdefault(feature, description)
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["description"]:
                    yield int(row["index"]), shorten(str(row["description"]), LENGTH)
    except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{path.name!r} holds no lines with index and description") from error
