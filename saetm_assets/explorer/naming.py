"""Names of topics that nobody has named: by rule, from their words alone."""

from saetm.errors import ContractError
from saetm.prompts.rules import describe
from saetm.prompts.summaries import TopicBrief
from saetm_assets.explorer.topic_cut import Summary

WORDS, SPECIFIC = 20, 10


def by_rule(topic_id: str, words: tuple[str, ...], probabilities: tuple[float, ...]) -> Summary:
    """Name a topic as `saetm topics` does; no model is asked.

    Args:
        topic_id: the topic, which is its own name where no word of it can be read.
        words: its words, best first.
        probabilities: of its words.
    """
    first = SPECIFIC if len(words) > SPECIFIC else 0  # the rules would only meet those again
    pairs = tuple(zip(words[first:WORDS], probabilities[first:WORDS], strict=True))
    try:
        summary = describe(TopicBrief(topic_id, pairs, words[:SPECIFIC], ()), "concrete")
    except ContractError:
        return Summary(topic_id, "", None, "")
    return Summary(summary.label, summary.description, None, "")
