import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from saetm.prompts.rules import describe
from saetm.prompts.summaries import (
    LONGEST_DESCRIPTION,
    LONGEST_LABEL,
    TopicSummary,
    brief_of,
    build_summary_question,
    parse_summary,
    write_summary,
)
from tests.core.hostile_briefs import brief, briefs, hostile, plain


class TestDescribe:
    def test_names_a_topic_by_its_most_specific_words(self):
        hockey = brief(
            "game",
            "team",
            "hockey",
            "playoff",
            "season",
            "year",
            specific=("hockey", "playoffs", "playoff", "goalie", "team"),
            captions=("The goalie stops the puck in the last minute.",),
        )

        assert describe(hockey, "concrete") == TopicSummary(
            label="Hockey, Playoffs, Goalie",
            description="About hockey, playoffs, goalie, team and game, "
            "as in “The goalie stops the puck in the last minute”.",
            category="concrete",
        )

    def test_words_of_nearby_topics_come_last(self):
        sport = brief("game", "team", "puck", "goalie", nearby=("team", "game"))

        assert describe(sport, "concrete").label == "Puck, Goalie, Game"

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("city", "cities"),
            ("dog", "dogs"),
            ("paint", "painting"),
            ("ball", "football"),
            ("nation", "national"),
            ("computing", "computer"),
            ("Ship", "ship"),
        ],
    )
    def test_two_forms_of_one_word_are_not_both_in_a_label(self, one, other):
        assert describe(brief(one, other, "zebra"), "concrete").label.count(",") == 1

    @pytest.mark.parametrize(
        ("one", "other"), [("art", "party"), ("player", "playoff"), ("party", "partner")]
    )
    def test_different_words_that_look_alike_are_both_in_a_label(self, one, other):
        assert describe(brief(one, other), "concrete").label.count(",") == 1

    @given(briefs(hostile, hostile), st.sampled_from(["concrete", "abstract"]))
    def test_labels_have_one_to_four_words_and_no_duplicates(self, topic, category):
        words = describe(topic, category).label.casefold().split(", ")

        assert 1 <= len(words) <= 4
        assert 1 <= len(describe(topic, category).label.split()) <= 4
        assert len(set(words)) == len(words)

    @given(briefs(hostile, hostile), st.sampled_from(["concrete", "abstract"]))
    def test_its_summary_is_a_reply_like_any_other(self, topic, category):
        summary = describe(topic, category)

        assert parse_summary(write_summary(summary)) == summary
        assert len(summary.label) <= LONGEST_LABEL
        assert len(summary.description) <= LONGEST_DESCRIPTION

    @given(briefs(plain, plain))
    def test_the_facts_of_the_question_are_enough_to_answer_it(self, topic):
        assume(max(len(topic.words), len(topic.specific_words), len(topic.nearby_words)) <= 20)

        from_facts = describe(brief_of(build_summary_question(topic)), "concrete")

        assert from_facts == describe(topic, "concrete")
