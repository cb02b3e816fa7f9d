"""The published page of a dataset, rendered from its tables; every value is escaped."""

import shlex
from dataclasses import dataclass

import polars as pl

from resources.view import DatasetView
from saetm.queries.made_by import way
from saetm.tables import ITEMS, SAE_CHECKPOINTS, SCORES
from saetm_assets.markup import templates
from saetm_assets.page.cards import Look, topic_cards
from saetm_assets.page.figures import figures
from saetm_assets.page.scripts import policy, scripts

MEANINGS = {
    "npmi": (
        "coherence (NPMI)",
        "how much the top 10 words occur together, -1 to 1; more is better",
    ),
    "unique_words": ("unique words", "share of top 10 words that differ, 0 to 1; more is better"),
    "word_movers_distance": (
        "distance",
        "mean word mover's distance of topics; more is more diverse",
    ),
    "nmi": (
        "agreement (NMI)",
        "of the largest topic with the given groups, 0 to 1; more is better",
    ),
    "purity": ("purity", "items in the most common group of their topic, 0 to 1; more is better"),
}


@dataclass(frozen=True)
class Score:
    """A row of the table of scores."""

    name: str
    meaning: str
    values: list[str]  # one per topic count


def render_page(view: DatasetView, topic_count: int, look: Look) -> str:
    """Render a dataset's page at one topic count as self-contained HTML."""
    cards = topic_cards(view, topic_count, look)
    counts, scores = _scores(view)
    made = way(view.lake, view.dataset)
    newest = max(step.made_at for step in made)
    return (
        templates()
        .get_template("report.html")
        .render(
            dataset=view.dataset,
            shell_name=shlex.quote(view.dataset),
            item_count=view.count(ITEMS),
            noun=_noun(view),
            topics=cards,
            pictures_shown=max((len(card.pictures) for card in cards), default=0) or 1,
            heaviest=max((card.weight for card in cards), default=1.0) or 1.0,
            facts=_facts(view),
            score_counts=counts,
            scores=scores,
            steps=made,
            figures=figures(view, topic_count),
            policy=policy(),
            scripts=scripts(),
            as_of=f"{newest:%d %B %Y}",
        )
    )


def _noun(view: DatasetView) -> str:
    kinds = view.scan(ITEMS).select(pl.col("modality").unique()).collect()["modality"].to_list()
    return f"{kinds[0]}s" if len(kinds) == 1 else "items"


def _facts(view: DatasetView) -> list[tuple[str, str]]:
    sae = view.scan(SAE_CHECKPOINTS).collect().row(0, named=True)
    explained = sae["variance_explained"]
    return [
        (_noun(view), f"{view.count(ITEMS):,}"),
        ("features learned", f"{sae['dictionary_size']:,}"),
        ("features active per item", f"{sae['l0']:.1f}"),
        ("variance explained", "unknown" if explained is None else f"{explained:.0%}"),
    ]


def _scores(view: DatasetView) -> tuple[list[int], list[Score]]:
    frame = view.scan(SCORES).sort("topic_count").collect()
    counts = frame["topic_count"].unique().sort().to_list()
    values = {
        (row[0], row[1]): row[2]
        for row in frame.select("metric", "topic_count", "value").iter_rows()
    }
    metrics = frame["metric"].unique(maintain_order=True).to_list()
    return counts, [
        _score(metric, [values.get((metric, count)) for count in counts]) for metric in metrics
    ]


def _score(metric: str, values: list[float | None]) -> Score:
    name, meaning = MEANINGS.get(metric, (metric, ""))
    return Score(name, meaning, [_number(value) for value in values])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
