"""What each score is called, what it says, and which way is better."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A metric as people read it."""

    title: str
    meaning: str
    short: str = ""  # for a column; the title where it is empty
    digits: int = 3  # behind the point
    is_less_better: bool = False


MEASURES = {
    "rating": Measure(
        "rating", "how related a judge finds the top 20 words, 0 to 100; more is better", digits=1
    ),
    "intruder": Measure(
        "intruders found",
        "share of questions in which a judge finds the word of another topic, 0 to 1; chance is "
        "one in six; more is better",
        short="intruder",
    ),
    "npmi": Measure(
        "coherence (NPMI)",
        "how much the top 10 words occur together, -1 to 1; more is better",
        short="NPMI",
    ),
    "c_v": Measure(
        "coherence (C_V)",
        "how alike the company of the top 10 words is, about 0 to 1; more is better",
        short="C_V",
    ),
    "word_movers_distance": Measure(
        "distance", "mean word mover's distance of topics; more is more diverse", short="WMD"
    ),
    "unique_words": Measure(
        "unique words", "share of top 10 words that differ, 0 to 1; more is better", short="unique"
    ),
    "inverted_rbo": Measure(
        "inverted RBO",
        "how little ranked top 20 words overlap, 0 to 1; more is more diverse",
        short="IRBO",
    ),
    "nmi": Measure(
        "agreement (NMI)",
        "of the largest topic with the given groups, 0 to 1; more is better",
        short="NMI",
    ),
    "purity": Measure(
        "purity", "items in the most common group of their topic, 0 to 1; more is better"
    ),
    "perplexity": Measure(
        "perplexity",
        "words that a model wavers between, for words held out of items that it has not seen; "
        "less is better",
        digits=0,
        is_less_better=True,
    ),
    "stability": Measure(
        "stability",
        "share of the top 20 words that a fit with another seed finds again, 0 to 1; more is "
        "better",
    ),
    "quality": Measure("quality", "coherence (NPMI) times share of unique words; more is better"),
}


def measure_of(metric: str) -> Measure:
    """Return how a metric is called; one without a name is called as it is stored."""
    return MEASURES.get(metric, Measure(metric, ""))
