"""The judge without a language model: the larger cosine wins, near ones tie."""

import numpy as np
import pytest

from resources.embedded_duels import TIE, EmbeddedDuelJudge
from saetm.errors import ContractError
from saetm.prompts.duels import SaidTopic, build_duel_question, parse_verdict
from saetm.prompts.judging import build_rating_question

ANGLES = {"item": 0.0, "near": 0.3, "as near": -0.3, "far": 1.2, "across": np.pi / 2}


class Compass:
    """Places texts on a circle."""

    reads = "text"
    producer = "compass@1"

    def encode(self, inputs):
        angles = np.array([ANGLES[text] for text in inputs])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def topics(**shares):
    return [SaidTopic(share, (text.replace("_", " "),)) for text, share in shares.items()]


def answer(first, second):
    question = build_duel_question("item", first, second)
    ((asked, reply),) = EmbeddedDuelJudge(Compass()).answer([question])
    assert asked is question
    return parse_verdict(reply)


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        (topics(near=0.9), topics(far=0.9), "A"),
        (topics(far=0.9), topics(near=0.9), "B"),
        (topics(near=0.9), topics(as_near=0.5), "tie"),
        (topics(near=0.9, far=0.1), topics(near=0.1, far=0.9), "A"),  # by their shares
        (topics(near=0.0), topics(far=0.0), "A"),  # shares that were rounded away
    ],
)
def test_the_nearer_one_wins(first, second, wins):
    assert answer(first, second).answer == wins


def test_the_sentence_names_the_cosines():
    told = answer(topics(near=1.0), topics(across=1.0)).rationale

    assert f"{np.cos(0.3):.3f} for A" in told
    assert "0.000 for B" in told or "-0.000 for B" in told


def test_it_says_that_it_is_no_language_model():
    assert EmbeddedDuelJudge(Compass()).producer.endswith(
        "(similarity of compass@1, no language model)"
    )
    assert 0 < TIE < 0.05


def test_nothing_asked_is_nothing_encoded():
    assert list(EmbeddedDuelJudge(Compass()).answer([])) == []


def test_other_questions_are_refused():
    with pytest.raises(ContractError):
        list(EmbeddedDuelJudge(Compass()).answer([build_rating_question(["boat", "sea"])]))
