"""The published page of a dataset, rendered from its tables; every value is escaped."""

import shlex
from dataclasses import dataclass

import polars as pl

from resources.view import DatasetView
from saetm.options import LINE_MODELS
from saetm.queries.made_by import way
from saetm.tables import ITEMS, SAE_CHECKPOINTS, SCORES, TOPICS
from saetm_assets.markup import templates
from saetm_assets.measures import MEASURES, measure_of
from saetm_assets.page.cards import Look, topic_cards
from saetm_assets.page.figures import figures
from saetm_assets.page.scripts import policy, scripts


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
    rows = (
        view.scan(SCORES).filter(pl.col("model").is_in(LINE_MODELS)).sort("topic_count").collect()
    )
    stored = view.scan(TOPICS).select("topic_count").unique().collect()
    frame = rows.join(stored, on="topic_count", how="semi", maintain_order="left")
    counts = frame["topic_count"].unique().sort().to_list()
    values = {
        (row[0], row[1]): row[2]
        for row in frame.select("metric", "topic_count", "value").iter_rows()
    }
    found = set(frame["metric"])
    metrics = [metric for metric in MEASURES if metric in found]
    return counts, [
        _score(metric, [values.get((metric, count)) for count in counts]) for metric in metrics
    ]


def _score(metric: str, values: list[float | None]) -> Score:
    measure = measure_of(metric)
    shown = ["" if value is None else f"{value:.{measure.digits}f}" for value in values]
    return Score(measure.title, measure.meaning, shown)
