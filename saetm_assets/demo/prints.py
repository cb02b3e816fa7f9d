"""Paints a collection of prints into a folder, with captions, dates and eras."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import polars as pl

from saetm_assets.demo.captions import write_caption
from saetm_assets.demo.compose import paint
from saetm_assets.demo.freshness import Recipe, beside, finished, stamp, started, write_whole
from saetm_assets.demo.scenes import Scene, plan_scene

_VERSION = 1  # raise it when the same seed would paint other pictures or write other captions
_QUALITY = 90  # of the JPEG files: outlines stay clean at about 25 kB a picture


def paint_prints(
    folder: Path,
    *,
    count: int = 1200,
    seed: int = 0,
    on_step: Callable[[int], None] | None = None,
) -> None:
    """Paint prints into a folder; painting twice is painting once.

    Writes `NNNN.jpg` (256 by 256 pixels) and `metadata.jsonl` (file_name, caption, timestamp as
    ISO date, group as era). Beside the folder, never in it, lie `<folder>.planted.parquet`
    (file_name, motifs: the truth that a topic model should find) and `<folder>.stamp.json`.
    The metadata come first, so every picture has its row from the moment it appears; an
    interrupted painting is completed by the next call. A print depends on its number and the
    seed only: a larger count adds prints and changes none.

    Args:
        folder: where to paint; made if absent. Prints of an earlier recipe are replaced.
        count: number of prints.
        seed: the same seed gives the same bytes.
        on_step: called with 1 after each print, as a progress bar expects it.
    """
    recipe: Recipe = {"made": "prints", "version": _VERSION, "count": count, "seed": seed}
    if finished(folder, recipe):
        return
    folder.mkdir(parents=True, exist_ok=True)
    if not started(folder, recipe):
        _clear(folder)
        stamp(folder, recipe, finished=False)
    scenes = [plan_scene(number, seed=seed) for number in range(count)]
    _describe(folder, scenes, seed=seed)
    for scene in scenes:
        _print_once(folder / _file_name(scene), scene, seed=seed)
        if on_step:
            on_step(1)
    stamp(folder, recipe, finished=True)


def _clear(folder: Path) -> None:
    """Remove the prints of an earlier recipe; other files of the folder stay."""
    for path in folder.glob("[0-9][0-9][0-9][0-9].jpg"):
        path.unlink()


def _describe(folder: Path, scenes: list[Scene], *, seed: int) -> None:
    """Write the metadata into the folder and the planted truth beside it."""
    rows = [
        {
            "file_name": _file_name(scene),
            "caption": write_caption(scene.motifs, number=scene.number, seed=seed),
            "timestamp": scene.made_on.isoformat(),
            "group": scene.era.name,
        }
        for scene in scenes
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    write_whole(folder / "metadata.jsonl", lines.encode())
    truth = pl.DataFrame(
        {
            "file_name": [_file_name(scene) for scene in scenes],
            "motifs": [list(scene.motifs) for scene in scenes],
        },
        schema={"file_name": pl.String, "motifs": pl.List(pl.String)},
    )
    truth.write_parquet(beside(folder, ".planted.parquet"))


def _print_once(path: Path, scene: Scene, *, seed: int) -> None:
    if path.exists():
        return
    content = BytesIO()
    paint(scene, seed=seed).save(content, format="JPEG", quality=_QUALITY)
    write_whole(path, content.getvalue())


def _file_name(scene: Scene) -> str:
    return f"{scene.number:04d}.jpg"
