"""Datasets of themed texts that bring their vectors, so that no encoder has to be loaded."""

import json

import numpy as np

from tests.line.homes import THEMES, theme_text

DIMENSION = 96
FEW = ("autoencoder=auto", "encoder=provided", "topic_count=3", "topic_counts=[2]")


def themed_rows(numbers, *, space=0, seed=0):
    """Return texts of number modulo 3 with vectors near their theme's directions.

    Args:
        numbers: which texts.
        space: seed of the directions; each space has its own.
        seed: seed of what differs from text to text.
    """
    rng = np.random.default_rng(space)
    directions = rng.standard_normal((len(THEMES), 4, DIMENSION)) / DIMENSION**0.5
    return [
        {"text": theme_text(number), "embedding": _vector(directions, number, seed)}
        for number in numbers
    ]


def write_rows(folder, name, rows):
    """Write rows into a file of a dataset's folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


def _vector(directions, number, seed):
    rng = np.random.default_rng((seed, number))
    strengths = rng.gamma(2.0, 1.0, directions.shape[1])
    noise = 0.05 * rng.standard_normal(DIMENSION)
    return (strengths @ directions[number % len(directions)] + noise).round(4).tolist()
