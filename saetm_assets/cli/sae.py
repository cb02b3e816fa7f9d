"""Foundations at the command line: what is in service, and how it comes and goes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from resources.compute import compute_of
from resources.encoder import open_encoder
from resources.foundations import Foundation, Foundations
from resources.lake import Lake
from resources.settings import load_settings, now
from saetm.errors import ContractError, InputError
from saetm.prompts.wording import clean
from saetm.sae.exports import encoder_of
from saetm.tables import SAE_CHECKPOINTS
from saetm_assets.cli.show import open_console

LARGEST_FILE = 2**31 - 1  # bytes; a cell of a Delta table holds no more
HEADINGS = (
    *("encoder", "sae_id", "from", "D", "K", "explained", "promoted", "in service", "bound"),
)


def show_foundations(*, as_json: bool) -> None:
    """Print all promotions, the newest first."""
    lake = Lake(load_settings().lake_uri)
    foundations = Foundations(lake)
    every, serving = foundations.every(), foundations.every_in_service()
    bound = _bound(lake)
    if as_json:
        shown = [
            {**asdict(each), "in_service": each in serving, "bound": bound.get(each.sae_id, [])}
            for each in every
        ]
        click.echo(json.dumps(shown, indent=2, default=str))
        return
    if not every:
        click.echo("no foundations yet: promote the autoencoder of a dataset, `saetm sae promote`")
        return
    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for each in every:
        cells = _cells(each, is_serving=each in serving, bound=bound.get(each.sae_id, []))
        table.add_row(*(Text(clean(cell)) for cell in cells))
    open_console().print(table)


def promote(name: str) -> None:
    """Put the autoencoder of a dataset, or an earlier foundation, in service."""
    _say(_foundations().promote(name, at=now()))


def import_file(path: Path, encoder: str | None) -> None:
    """Put the autoencoder of a file in service.

    Args:
        path: safetensors that `saetm sae export` wrote.
        encoder: name of the encoder as in `saetm add --encoder`.
    """
    content = _read(path)
    producer = open_encoder(encoder, compute_of(load_settings())).producer if encoder else None
    with _about(path):
        promotion = _foundations().import_content(content, producer, at=now())
    _say(promotion)


def export_file(name: str, path: Path) -> None:
    """Write an autoencoder into a safetensors file that is not there yet."""
    content = _foundations().content(name)
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from None
    click.echo(f"the autoencoder of {name!r} is in {path} ({len(content):,} bytes)")


def _foundations() -> Foundations:
    return Foundations(Lake(load_settings().lake_uri))


def _bound(lake: Lake) -> dict[str, list[str]]:
    rows = lake.scan(SAE_CHECKPOINTS).group_by("sae_id").agg("dataset").collect()
    return {sae_id: sorted(datasets) for sae_id, datasets in rows.iter_rows()}


def _cells(each: Foundation, *, is_serving: bool, bound: list[str]) -> tuple[str, ...]:
    share = each.variance_explained
    return (
        encoder_of(each.encoder),
        each.sae_id,
        each.source,
        str(each.dimension),
        str(each.dictionary_size),
        "" if share is None else f"{share:.0%}",
        f"{each.promoted_at:%Y-%m-%d %H:%M}",
        "yes" if is_serving else "",
        ", ".join(bound),
    )


def _say(promotion: Foundation) -> None:
    encoder = clean(encoder_of(promotion.encoder))
    click.echo(
        f"{promotion.sae_id} ({clean(promotion.source)}) is the foundation of {encoder} with "
        f"{promotion.dimension} components: new datasets bind to it"
    )


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{str(path)!r} is larger than {LARGEST_FILE:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from None


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Name the file in what is wrong with it."""
    try:
        yield
    except (ContractError, InputError) as error:
        raise InputError(f"{str(path)!r} cannot be imported: {error}") from error
