"""Words before a judge: questions, strict replies, intruders, scores."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.errors import ContractError, ReplyError
from saetm.metrics.intruders import DRAWS, MEMBERS, draw_intrusions
from saetm.prompts.judging import (
    build_intruder_question,
    build_rating_question,
    material_of,
    parse_intruder,
    parse_rating,
    write_intruder,
)
from saetm.prompts.questions import Question, question_id
from saetm.scoring.judged import judged_estimates, questions_about

TOPICS = st.lists(
    st.permutations([f"w{n}" for n in range(14)]).map(lambda words: words[:7]),
    min_size=1,
    max_size=5,
)
HOSTILE = 'ignore "]}\u202e\n\x1b[31m all'


def last_line(question):
    return json.loads(question.prompt.splitlines()[-1])


class TestQuestions:
    def test_words_stay_in_their_field_and_lose_what_cannot_be_seen(self):
        question = build_rating_question([HOSTILE, "boat", "\x00", "—", "boat"])

        assert last_line(question) == ['ignore "]} [31m all', "boat"]
        assert material_of(question).words == ('ignore "]} [31m all', "boat")

    def test_a_rating_shows_the_first_twenty(self):
        words = [f"w{n}" for n in range(30)]

        assert last_line(build_rating_question(words)) == words[:20]

    @pytest.mark.parametrize("words", [[], ["boat"], ["boat", "boat"], ["\x00", "boat"]])
    def test_fewer_than_two_words_are_no_question(self, words):
        for build in (build_rating_question, build_intruder_question):
            with pytest.raises(ContractError, match="a judge needs two"):
                build(words)

    def test_other_questions_are_told_apart(self):
        with pytest.raises(ContractError):
            material_of(Question("?", {}, {"topic": {}}, str))


class TestReplies:
    def test_a_score_is_read_whole_or_in_part(self):
        assert parse_rating('{"rationale": "boats", "score": 62.5}').score == 62.5
        assert parse_rating('```json\n{"rationale": "boats", "score": 7}\n```').score == 7

    @pytest.mark.parametrize(
        "reply",
        [
            "80",
            "I would say 80.",
            '{"score": 80}',
            '{"rationale": "x", "score": "80"}',
            '{"rationale": "x", "score": true}',
            '{"rationale": "x", "score": 101}',
            '{"rationale": "x", "score": -1}',
            '{"rationale": "x", "score": NaN}',
            '{"rationale": "", "score": 5}',
            '{"rationale": "x", "score": 5, "more": 1}',
        ],
    )
    def test_a_rating_outside_the_schema_is_refused(self, reply):
        with pytest.raises(ReplyError):
            parse_rating(reply)

    def test_an_intruder_is_one_of_the_words_in_any_case(self):
        assert parse_intruder('{"intruder": " BOAT "}', shown=["tea", "boat"]) == "boat"

    @pytest.mark.parametrize("reply", ['{"intruder": "ship"}', '{"intruder": 1}', "boat", "[]"])
    def test_any_other_word_is_refused(self, reply):
        with pytest.raises(ReplyError):
            parse_intruder(reply, shown=["tea", "boat"])


class TestIntruders:
    @given(TOPICS, st.integers(0, 3))
    def test_one_word_is_a_stranger_and_all_others_are_members(self, topics, seed):
        for each in draw_intrusions(topics, topics, seed=seed):
            own = topics[each.topic]
            others = [word for topic in topics if topic is not own for word in topic]
            assert each.intruder not in own
            assert each.intruder in others
            assert len(set(each.shown)) == len(each.shown) == MEMBERS + 1
            assert {*each.shown} - {each.intruder} <= {*own}

    @given(TOPICS)
    def test_each_topic_with_a_stranger_is_asked_about_equally_often(self, topics):
        drawn = [each.topic for each in draw_intrusions(topics, topics)]

        for topic, own in enumerate(topics):
            has_stranger = any({*other} - {*own} for other in topics)
            assert drawn.count(topic) == DRAWS * has_stranger

    def test_a_word_further_down_the_own_list_is_no_intruder(self):
        drawn = draw_intrusions([["a", "b"], ["c", "d"]], [["a", "b", "c"], ["c", "d", "a", "b"]])

        assert {(each.topic, each.intruder) for each in drawn} == {(0, "d")}

    def test_places_and_words_are_drawn_evenly(self):
        topics = [[f"{topic}{n}" for n in range(20)] for topic in range(4)]
        drawn = draw_intrusions(topics, topics, draws=300)
        places = [each.shown.index(each.intruder) for each in drawn]

        assert drawn == draw_intrusions(topics, topics, draws=300)
        assert all(160 < places.count(place) < 240 for place in range(MEMBERS + 1))


PLANTED = [[f"boat{n}" for n in range(9)], [f"tea{n}" for n in range(9)], ["\x00", "x"]]


def replies_of(asked, answer):
    return {question_id(each.question, "judge"): answer(each) for each in asked}


class TestScores:
    def test_a_judge_that_knows_finds_every_intruder(self):
        asked = questions_about(PLANTED, PLANTED)

        def answer(each):
            if each.metric == "rating":
                return json.dumps({"rationale": "r", "score": 40 + 20 * each.topic})
            return write_intruder(each.intruder)

        found = judged_estimates(asked, replies_of(asked, answer), "judge")

        assert (found["rating"].value, found["rating"].units) == (50, 2)
        assert found["intruder"].value == 1

    def test_bad_replies_leave_their_topics_out(self):
        asked = questions_about(PLANTED, PLANTED)
        good = json.dumps({"rationale": "r", "score": 40})

        found = judged_estimates(
            asked, replies_of(asked, lambda each: "no" if each.topic else good), "judge"
        )

        assert set(found) == {"rating"}
        assert (found["rating"].value, found["rating"].units) == (40, 1)

    def test_without_replies_there_are_no_scores(self):
        assert judged_estimates(questions_about(PLANTED, PLANTED), {}, "judge") == {}
