import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from saetm.errors import ContractError, ReplyError
from saetm.prompts.captions import LONGEST_CAPTION, build_caption_question, parse_caption
from saetm.prompts.questions import PROMPTS_VERSION, Question, question_id
from saetm.prompts.summaries import (
    TopicSummary,
    brief_of,
    build_summary_question,
    parse_summary,
    write_summary,
)
from saetm.prompts.wording import clean, shorten
from tests.core.hostile_briefs import ATTACKS, brief, briefs, hostile, plain


def shown(question):
    return json.loads(question.prompt.rsplit("\n", 1)[1])


questions = st.builds(
    Question,
    prompt=hostile,
    schema=st.dictionaries(hostile, hostile, max_size=2),
    facts=st.just({}),
    parse=st.just(str),
)


class TestQuestionId:
    @given(questions, hostile)
    def test_does_not_depend_on_facts_or_the_order_of_the_schema(self, question, producer):
        turned = dict(reversed(question.schema.items()))
        other = replace(question, schema=turned, facts={"topic": 1})

        assert question_id(other, producer) == question_id(question, producer)
        assert len(question_id(question, producer)) == 32

    @given(questions, hostile, questions, hostile)
    def test_differs_where_prompt_schema_or_producer_differ(self, one, by_one, two, by_two):
        assume((one.prompt, one.schema, by_one) != (two.prompt, two.schema, by_two))

        assert question_id(one, by_one) != question_id(two, by_two)

    @given(hostile, hostile, hostile)
    def test_differs_where_text_moves_from_prompt_to_producer(self, head, middle, tail):
        assume(middle)

        one = question_id(Question(head + middle, {}, {}, str), tail)
        two = question_id(Question(head, {}, {}, str), middle + tail)
        assert one != two

    def test_is_the_same_in_every_process(self):
        question = Question("Name it.", {"type": "object"}, {}, str)

        assert question_id(question, "openai:m") == "c1db1d242dcdd34c9b220ab0bb68145e"


class TestSummaryQuestion:
    @given(briefs(plain, plain))
    def test_facts_lead_back_to_a_brief_within_its_limits(self, asked):
        fit = replace(
            asked,
            words=asked.words[:20],
            specific_words=asked.specific_words[:20],
            captions=asked.captions[:5],
            nearby_words=asked.nearby_words[:20],
        )

        assert brief_of(build_summary_question(asked)) == fit

    @given(briefs(hostile, hostile))
    def test_asking_with_the_facts_is_asking_the_same(self, asked):
        question = build_summary_question(asked)

        assert build_summary_question(brief_of(question)) == question

    @given(briefs(hostile, hostile))
    def test_hostile_text_stays_in_its_field(self, asked):
        harmless = build_summary_question(brief("hockey"))
        question = build_summary_question(asked)
        found = brief_of(question)

        assert question.prompt.rpartition("\n")[0] == harmless.prompt.rpartition("\n")[0]
        assert shown(question) == {
            "words": [word for word, _ in found.words],
            "specific_words": list(found.specific_words),
            "captions": list(found.captions),
            "nearby_words": list(found.nearby_words),
        }
        question.prompt.encode("utf-8")
        json.dumps(question.facts)

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_an_attack_neither_adds_lines_nor_hides(self, attack):
        harmless = build_summary_question(brief("hockey", captions=("x",)))
        question = build_summary_question(brief("hockey", captions=(attack,)))

        assert len(question.prompt.splitlines()) == len(harmless.prompt.splitlines())
        assert not any(unicodedata.category(c) in {"Cf", "Cs"} for c in question.prompt)

    def test_a_long_caption_is_shown_in_part(self):
        question = build_summary_question(brief("hockey", captions=("word " * 5000,)))

        assert max(map(len, shown(question)["captions"])) <= 300

    def test_the_same_words_are_the_same_question_whatever_the_topic_is_called(self):
        one = brief("hockey", "team")
        other = replace(one, topic_id="t2", words=(("hockey", 0.3), ("team", 0.2)))

        assert build_summary_question(one).prompt == build_summary_question(other).prompt

    def test_a_topic_without_a_readable_word_is_refused(self):
        with pytest.raises(ContractError, match="topic t1 has no readable word"):
            brief("", "\x00", "...")

    def test_another_question_has_no_brief(self):
        with pytest.raises(ContractError, match="does not ask for the summary"):
            brief_of(build_caption_question("factual"))


class TestParseSummary:
    @given(plain, plain, st.sampled_from(["concrete", "abstract"]))
    def test_reads_what_was_written(self, label, description, category):
        summary = TopicSummary(label, description, category)

        assert parse_summary(write_summary(summary)) == summary
        assert parse_summary(f"```json\n{write_summary(summary)}\n```") == summary

    def test_control_characters_are_gone_from_label_and_description(self):
        reply = write_summary(TopicSummary("Ice\x00 \u202eHockey\n", "A\x1b\tgame.", "concrete"))

        assert parse_summary(reply) == TopicSummary("Ice Hockey", "A game.", "concrete")

    @pytest.mark.parametrize(
        ("reply", "message"),
        [
            ("", "is not JSON"),
            ("Here it is: {}", "is not JSON"),
            ("[" * 100_000, "is not JSON"),
            ("1" * 10_000, "is not JSON"),
            ('{"label": "A", "desc', "is not JSON"),
            ("[]", "is not a JSON object"),
            ('{"label": "A", "category": "concrete"}', "it has category, label"),
            ('{"label": "A", "description": "B", "category": "concrete", "x": 1}', "it has"),
            ('{"label": 1, "description": "B", "category": "concrete"}', "label is not a text"),
            ('{"label": " ", "description": "B", "category": "concrete"}', "label is empty"),
            (
                '{"label": "A", "description": "...", "category": "concrete"}',
                "description is empty",
            ),
            (
                '{"label": "A", "description": "B", "category": "Concrete"}',
                "category must be one of",
            ),
            ('{"label": "A", "description": "B", "category": ["concrete"]}', "category must be"),
            (
                f'{{"label": "{"A" * 81}", "description": "B", "category": "concrete"}}',
                "at most 80",
            ),
            (
                f'{{"label": "A", "description": "{"B" * 601}", "category": "concrete"}}',
                "at most 600",
            ),
        ],
    )
    def test_any_other_form_is_refused_in_one_sentence(self, reply, message):
        with pytest.raises(ReplyError, match=message) as caught:
            parse_summary(reply)

        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 250

    @given(hostile)
    def test_no_text_does_worse_than_being_refused(self, reply):
        with pytest.raises(ReplyError):
            parse_summary(reply)


def test_a_change_of_wording_comes_with_a_new_version():
    asked = [
        build_summary_question(brief("hockey", "team")),
        build_caption_question("factual"),
        build_caption_question("dense"),
    ]

    assert (PROMPTS_VERSION, *(question_id(question, "")[:12] for question in asked)) == (
        1,
        "ab3a0ad49b9d",
        "c7e3caec8630",
        "91b76d8b3423",
    )


class TestCaptions:
    @pytest.mark.parametrize("prompt", ["factual", "dense"])
    def test_a_reply_in_the_asked_form_is_read(self, prompt):
        question = build_caption_question(prompt)

        assert question.schema["required"] == ["caption"]
        assert parse_caption('{"caption": "Two dogs\\non a beach."}') == "Two dogs on a beach."

    def test_the_prompts_have_ids_of_their_own(self):
        ids = {question_id(build_caption_question(prompt), "") for prompt in ("factual", "dense")}

        assert len(ids) == 2

    @pytest.mark.parametrize(
        "reply", ["Two dogs.", '{"caption": ""}', '{"text": "Two dogs."}', '{"caption": ["dogs"]}']
    )
    def test_any_other_reply_is_refused(self, reply):
        with pytest.raises(ReplyError):
            parse_caption(reply)

    def test_an_endless_caption_is_refused(self):
        with pytest.raises(ReplyError, match="at most 4000"):
            parse_caption(json.dumps({"caption": "a" * (LONGEST_CAPTION + 1)}))


class TestWording:
    @given(hostile)
    def test_cleaning_twice_is_cleaning_once(self, text):
        assert clean(clean(text)) == clean(text)

    @given(hostile, st.integers(2, 40))
    def test_shortening_keeps_the_limit_and_the_beginning(self, text, limit):
        short = shorten(text, limit)

        assert len(short) <= limit
        assert clean(text).startswith(short.removesuffix("…"))

    @given(st.lists(plain, min_size=2).map(" ".join), st.integers(14, 60))
    def test_shortening_ends_between_words(self, text, limit):
        kept = shorten(text, limit).removesuffix("…").split()

        assert kept == text.split()[: len(kept)]

    def test_joiners_that_spell_words_stay(self):
        assert clean("می‌خواهم") == "می‌خواهم"
