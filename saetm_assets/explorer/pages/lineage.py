"""Lineage: who made what, from the files to the names of topics, and why a topic changed."""

from dataclasses import dataclass
from functools import partial
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response

from resources.then import lake_at
from resources.timeline import moments
from saetm.queries.change import topic_change
from saetm.queries.lineage import Lineage, topic_lineage
from saetm.queries.made_by import Step, steps, way
from saetm.queries.reason import reasons, what_happened
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.house import dataset_of
from saetm_assets.explorer.links import run_link
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.view import View

BEST = 10  # items that a topic is followed to
MOMENTS = 40  # that one can go back to from the page; the command line knows all
LINE_CODE = """\
import saetm
from saetm.queries.made_by import steps

lake = saetm.open()
steps(lake, {dataset!r}).collect()"""
TOPIC_CODE = """\
import saetm
from saetm.queries.lineage import topic_lineage

lake = saetm.open()
topic_lineage(lake, {dataset!r}, {topic!r}).frame()"""


@dataclass(frozen=True, slots=True)
class Made:
    """A step with the addresses of its runs."""

    step: Step
    link: str
    options: str  # as people write them


@dataclass(frozen=True, slots=True)
class Why:
    """What happened to a topic since a moment."""

    happened: str
    reasons: tuple[str, ...]
    came: tuple[str, ...]  # words
    went: tuple[str, ...]


def lineage(request: Request) -> Response:
    """Show the line of a dataset, or where `?topic=` names one, the lineage of that topic."""
    dataset = dataset_of(request)
    topic_id = request.query_params.get("topic", "")
    view = _topic(request, dataset, topic_id) if topic_id else _line(request, dataset)
    return respond(request, view)


def _line(request: Request, dataset: Dataset) -> View:
    source, name = dataset.source, dataset.name
    return View(
        template="line.html",
        title="Lineage",
        query=LINE_CODE.format(dataset=name),
        frame=lambda: steps(source, name).collect(),
        context={
            "made": made_steps(request, dataset),
            "moments": _moments(dataset),
        },
        dataset=name,
        tab="lineage",
    )


def _topic(request: Request, dataset: Dataset, topic_id: str) -> View:
    name = dataset.name
    found = dataset.remember(("lineage", topic_id), partial(_lineage, dataset, topic_id))
    since = request.query_params.get("since", "")
    return View(
        template="lineage.html",
        title=f"Lineage of {_label(found)}",
        query=TOPIC_CODE.format(dataset=name, topic=topic_id),
        frame=found.frame,
        context={
            "found": found,
            "label": _label(found),
            "made": _shown(request, found.steps),
            "runs": partial(run_link, request),
            "moments": _moments(dataset),
            "since": since,
            "why": _why(dataset, topic_id, since) if since else None,
        },
        dataset=name,
        tab="lineage",
    )


def made_steps(request: Request, dataset: Dataset) -> list[Made]:
    """Return who made each step from the files to the names of topics."""
    return _shown(request, _way(dataset))


def _shown(request: Request, steps: tuple[Step, ...]) -> list[Made]:
    return [_made(request, step) for step in steps if not step.is_idle]


def _lineage(dataset: Dataset, topic_id: str) -> Lineage:
    """Follow a topic back; its best items are known from memory."""
    best = dataset.topic(topic_id).best[:BEST].tolist()
    ids = dataset.theta_items["item_id"]
    known = tuple(ids[place] for place in best)
    return topic_lineage(dataset.source, dataset.name, topic_id, n_items=BEST, best=known)


def _way(dataset: Dataset) -> tuple[Step, ...]:
    return dataset.remember(("way",), lambda: way(dataset.source, dataset.name))


def _moments(dataset: Dataset) -> list[tuple[str, str]]:
    """Return the newest moments that one can look back to: run and instant."""

    def load() -> list[tuple[str, str]]:
        found = islice(moments(dataset.view.lake, dataset.name), 1, MOMENTS + 1)
        return [(each.run_id, f"{each.at:%d %b %Y, %H:%M} UTC") for each in found]

    return dataset.remember(("moments",), load)


def _why(dataset: Dataset, topic_id: str, since: str) -> Why:
    def load() -> Why:
        lake = dataset.view.lake
        change = topic_change(lake_at(lake, dataset.name, since), lake, dataset.name, topic_id)
        words = change.words
        return Why(what_happened(change), reasons(change), words.first_came, words.first_went)

    return dataset.remember(("why", topic_id, since), load)


def _label(found: Lineage) -> str:
    return found.topic.name.label if found.topic.name else found.topic.topic_id


def _made(request: Request, step: Step) -> Made:
    told = step.options or {}
    options = ", ".join(f"{name}: {value}" for name, value in told.items() if value is not None)
    return Made(step, run_link(request, step.made_by), options)
