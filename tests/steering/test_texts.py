"""What is written and measured of a plan, without a line; and the picture of it."""

import io

import numpy as np
import polars as pl
import pytest
from PIL import Image

from resources.compute import Compute
from resources.generator import Sampling, open_generator
from saetm.tokens.dictionary import Dictionary
from saetm_assets.steering.picture import short, trade_off_png
from saetm_assets.steering.texts import Features, Plan, unsteered, written_texts
from saetm_assets.steering.topic import SteeredTopic
from tests.steering.writers import WIDTH, make_writer

N_FEATURES = 5


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    folder = make_writer(tmp_path_factory.mktemp("writer"))
    return open_generator(str(folder), 0, Compute(device="cpu", batch_size=5))


def test_texts_of_a_plan_are_measured_as_one_by_one(writer):
    rng = np.random.default_rng(0)
    decoder = rng.standard_normal((N_FEATURES, WIDTH)).astype(np.float32)
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    nothing = np.zeros(N_FEATURES, np.float32)
    dictionary = Dictionary(decoder, nothing, decoder, np.zeros(WIDTH, np.float32), nothing, 0)
    floors = np.full(N_FEATURES, 0.5, np.float32)
    weights = rng.dirichlet(np.ones(N_FEATURES), 2)
    topic = SteeredTopic("t", "", ("dog",), weights, np.array([0.7, 0.3]), 1)
    plan = Plan(("ab", "c", "ab"), (0.0, 2.0), 2, 5, mean_norm=1.5)
    told = []

    found = written_texts(
        writer,
        plan,
        Sampling(tokens=6, temperature=1),
        topic,
        Features(dictionary, floors),
        told.append,
    )

    assert found.height == 2 * 3 * 2 == sum(told) / 2
    assert found["seed"].unique().to_list() == [5, 6]
    assert [task.magnitude for task in plan.tasks()][2:6] == [0.0, 0.0, 3.0, 3.0]
    assert unsteered(found).tolist() == [0, 1] * 3 + [6, 7] * 3
    direction = weights[1] @ decoder
    written = list(
        writer.write(
            plan.tasks(),
            Sampling(tokens=6, temperature=1),
            (direction / np.linalg.norm(direction)).astype(np.float32),
        )
    )
    assert found["text"].to_list() == [each.text for each in written]
    of_topic = 0.3 * weights[1] / (0.7 * weights[0] + 0.3 * weights[1])
    for share, reading in zip(found["feature_share"], writer.read(written), strict=True):
        counts = (reading.states @ decoder.T > 0.5).sum(axis=0)
        naive = counts @ of_topic / counts.sum() if counts.sum() else 0
        assert share == pytest.approx(naive, abs=1e-6)


@pytest.mark.parametrize("strengths", [[], [0.2], [0.0, 0.1, 0.5] * 7])
def test_a_picture_is_drawn_of_anything_that_was_measured(strengths):
    count = len(strengths) + 1
    found = pl.DataFrame(
        {
            "is_steered": [False, *[True] * len(strengths)],
            "strength": [0.0, *strengths],
            "relevance": np.linspace(0.1, 0.1 * count, count),
            "perplexity": np.geomspace(1, 1e300, count),
            "drift": np.zeros(count),
        }
    )
    drawn = trade_off_png(found, 0.1, "dogs\x1b[31m\u202e " * 40)
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.size == (1596, 432)
        assert len(picture.getcolors(100_000)) > 3
    assert short(1e300) == "1e+300"
    assert short(1234.5) == "1,234"
