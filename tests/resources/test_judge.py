import numpy as np
import pytest

from resources.judge import SYNONYMS, EmbeddedJudge, WordPieces, open_judge
from resources.serving import Serving
from saetm.errors import ContractError, InputError
from saetm.prompts.judging import (
    build_intruder_question,
    build_rating_question,
    parse_intruder,
    parse_rating,
)
from saetm.prompts.questions import Question

AT = Serving(base_url="http://h/v1")
WORDS = [
    ["butter", "flour", "oven", "bread", "sugar", "dough", "recipe", "spoon", "kitchen", "cake"],
    [
        "planet",
        "orbit",
        "rocket",
        "moon",
        "star",
        "telescope",
        "galaxy",
        "astronaut",
        "comet",
        "gravity",
    ],
    [
        "goal",
        "referee",
        "striker",
        "match",
        "ball",
        "stadium",
        "league",
        "coach",
        "penalty",
        "team",
    ],
]
MIXED = [word for each in WORDS for word in each[:4]]


@pytest.fixture(scope="module")
def judge():
    return open_judge("embedded")


def rating(judge, words):
    ((_, reply),) = judge.answer([build_rating_question(words)])
    return parse_rating(reply).score


def test_words_of_one_theme_are_rated_higher_than_words_of_several(judge):
    assert min(rating(judge, words) for words in WORDS) > 1.5 * rating(judge, MIXED)
    assert rating(judge, ["car", "auto", "automobile"]) > 80
    assert rating(judge, ["gladly", "zinc", "parliament", "ankle", "seven"]) < 25


def test_most_intruders_among_themes_are_found(judge):
    asked = [
        build_intruder_question([*own[start : start + 5], other[start]])
        for own in WORDS
        for other in WORDS
        for start in range(5)
        if other is not own
    ]

    found = [
        parse_intruder(reply, shown=question.facts["words"]) == question.facts["words"][-1]
        for question, reply in judge.answer(asked)
    ]

    assert len(found) == 30
    assert np.mean(found) > 0.6  # one in six by chance


def test_an_answer_does_not_depend_on_what_else_is_asked(judge):
    first, second = build_rating_question(WORDS[0]), build_intruder_question(MIXED)

    together = {q.prompt: reply for q, reply in judge.answer([first, second])}
    alone = {q.prompt: reply for q, reply in judge.answer([second])}

    assert together[second.prompt] == alone[second.prompt]
    assert list(judge.answer([])) == []


def test_the_rating_is_the_mean_cosine_between_its_anchors():
    vectors = {"a": [1, 0], "b": [0.5 * SYNONYMS, (1 - (0.5 * SYNONYMS) ** 2) ** 0.5], "c": [-1, 0]}
    judge = EmbeddedJudge(
        lambda words: np.array([vectors[word] for word in words], np.float32), vectors="planted"
    )

    assert rating(judge, ["a", "b"]) == pytest.approx(50)
    assert rating(judge, ["a", "c"]) == 0
    assert "no language model; planted" in judge.producer


def test_a_word_of_unknown_signs_is_like_no_other():
    vectors = WordPieces()(["boat", "\U0001fae0", "tea"])

    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1])


def test_judges_are_opened_by_name():
    assert open_judge("none") is None
    assert open_judge("openai:phi", AT).producer.startswith("openai:phi")
    with pytest.raises(InputError, match="there is no judge 'gpt'"):
        open_judge("gpt", AT)
    with pytest.raises(InputError, match="SAETM_API_URL"):
        open_judge("openai:phi")


def test_other_questions_are_refused(judge):
    with pytest.raises(ContractError):
        list(judge.answer([Question("?", {}, {}, str)]))
