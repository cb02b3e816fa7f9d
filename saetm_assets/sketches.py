"""Charts as SVG text: sharp at any size, a kilobyte each, readable on light and dark pages.

Dagster shows Markdown at once only when it is shorter than 1,000 characters, so histograms and
curves are written sparingly. Labels are untrusted: they are escaped, and a browser runs no
script and loads nothing for an SVG that stands in an image.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

INK, QUIET = "#4a7ab5", "#77828e"  # both readable on white and on near black
WIDTH, HEIGHT = 360, 140
TOP, BOTTOM = 24, 118  # of the plot
MOST_BINS, MOST_POINTS = 24, 30
ROW, NAMES_WIDTH, BARS_WIDTH, NAME_CHARACTERS = 20, 270, 200, 38
LINE_CHARACTERS = 64


def histogram_svg(values: NDArray[np.float64], *, title: str, label: str) -> str:
    """Draw how values (n,) are distributed; n and their median stand in the title."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return _svg(WIDTH, HEIGHT, _text(0, 13, f"{title}: none"))
    n_bins = min(MOST_BINS, max(5, len(np.unique(finite))))
    counts, edges = np.histogram(finite, bins=n_bins)
    step = WIDTH / n_bins
    tops = BOTTOM - (BOTTOM - TOP) * counts / counts.max()
    bars = "".join(
        f"M{(bin_ + 0.5) * step:.0f} {BOTTOM}V{top:.0f}"
        for bin_, top in enumerate(tops)
        if counts[bin_]
    )
    heading = f"{title}: n = {finite.size:,}, median {number(float(np.median(finite)))}"
    return _svg(
        WIDTH,
        HEIGHT,
        _text(0, 13, heading),
        f'<path d="{bars}" stroke="{INK}" stroke-width="{step - 1:.0f}"/>',
        *_axis(float(edges[0]), float(edges[-1]), label),
    )


def curve_svg(
    steps: Sequence[float], values: Sequence[float], *, title: str, labels: tuple[str, str]
) -> str:
    """Draw values over steps, with the first and the last of them in the title.

    `labels` name the two axes.
    """
    if not len(values):
        return _svg(WIDTH, HEIGHT, _text(0, 13, f"{title}: none"))
    kept = np.unique(np.linspace(0, len(values) - 1, MOST_POINTS).round().astype(int))
    at, height = (np.asarray(series, dtype=np.float64)[kept] for series in (steps, values))
    points = " ".join(
        f"{x:.0f},{y:.0f}"
        for x, y in zip(_scaled(at, 6, WIDTH - 6), _scaled(height, BOTTOM - 6, TOP), strict=True)
    )
    change = f"{number(float(values[0]))} → {number(float(values[-1]))}"
    return _svg(
        WIDTH,
        HEIGHT,
        _text(0, 13, f"{title}: {change} {labels[1]}"),
        f'<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="2"/>',
        *_axis(float(at[0]), float(at[-1]), labels[0]),
    )


def bars_svg(names: Sequence[str], values: Sequence[float], *, title: str, label: str) -> str:
    """Draw one horizontal bar per name, the first on top, its value behind it."""
    longest = max((value for value in values if value > 0), default=1.0)
    rows = []
    for row, (name, value) in enumerate(zip(names, values, strict=True)):
        y, length = 26 + row * ROW, BARS_WIDTH * max(value, 0) / longest
        rows += [
            _text(NAMES_WIDTH - 8, y + 12, _cut(name, NAME_CHARACTERS), anchor="end"),
            _bar(y + 1, length),
            _text(NAMES_WIDTH + length + 6, y + 12, number(value)),
        ]
    width, height = NAMES_WIDTH + BARS_WIDTH + 70, 30 + ROW * len(names)
    return _svg(width, height, _text(0, 13, f"{title}, {label}"), *rows)


def intervals_svg(
    names: Sequence[str],
    values: Sequence[float],
    ends: Sequence[tuple[float, float]],
    *,
    title: str,
    label: str,
) -> str:
    """Draw a dot with its interval per name, the first on top, its value behind it.

    Args:
        names: of the rows.
        values: of the dots.
        ends: of the intervals; both are the value where there is none.
        title: what is drawn.
        label: of the values.
    """
    places = np.array([[*pair, value] for pair, value in zip(ends, values, strict=True)])
    scaled = _scaled(places.reshape(-1, 3), NAMES_WIDTH, NAMES_WIDTH + BARS_WIDTH)
    rows = []
    for row, (name, value, (low, high, at)) in enumerate(
        zip(names, values, scaled.tolist(), strict=True)
    ):
        y = 26 + row * ROW
        rows += [
            _text(NAMES_WIDTH - 8, y + 12, _cut(name, NAME_CHARACTERS), anchor="end"),
            f'<path d="M{low:.1f} {y + 8}H{high:.1f}" stroke="{QUIET}" stroke-width="2"/>',
            f'<circle cx="{at:.1f}" cy="{y + 8}" r="4" fill="{INK}"/>',
            _text(max(high, at) + 8, y + 12, number(value)),
        ]
    width, height = NAMES_WIDTH + BARS_WIDTH + 70, 30 + ROW * len(names)
    return _svg(width, height, _text(0, 13, f"{title}, {label}"), *rows)


def heading_svg(text: str) -> str:
    """Write one line of text as a picture, so that it cannot be read as Markdown."""
    return _svg(900, 20, _text(0, 14, text))


def words_svg(text: str) -> str:
    """Write words for a line of a table, as a picture for the same reason."""
    return _svg(7 * LINE_CHARACTERS, 18, _text(0, 15, _cut(text, LINE_CHARACTERS)))


def number(value: float) -> str:
    """Write a number with three digits that matter, and large and whole numbers whole.

    Example:
        >>> number(2000.0), number(0.5406824), number(-6.98177), number(1234.5)
        ('2,000', '0.541', '-6.98', '1,234')
    """
    is_whole = float(value).is_integer() or abs(value) >= 100
    return f"{value:,.0f}" if is_whole else f"{value:.3g}"


def _axis(first: float, last: float, label: str) -> list[str]:
    return [
        f'<path d="M0 {BOTTOM}H{WIDTH}" stroke="{QUIET}"/>',
        _text(0, 133, number(first)),
        _text(WIDTH // 2, 133, label, anchor="middle"),
        _text(WIDTH, 133, number(last), anchor="end"),
    ]


def _bar(y: int, length: float) -> str:
    place = f'x="{NAMES_WIDTH}" y="{y}" width="{length:.1f}" height="{ROW - 5}"'
    return f'<rect {place} fill="{INK}"/>'


def _scaled(values: NDArray[np.float64], first: float, last: float) -> NDArray[np.float64]:
    """Map values onto pixels; a constant lies in the middle."""
    spread = np.ptp(values) if values.size else 0.0
    share = (values - values.min()) / spread if spread else np.full(values.shape, 0.5)
    return first + (last - first) * share


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(x: float, y: float, text: str, *, anchor: str = "") -> str:
    where = f' text-anchor="{anchor}"' if anchor else ""
    shown = escape("".join(sign for sign in text if sign.isprintable()))
    return f'<text x="{x:.0f}" y="{y:.0f}"{where}>{shown}</text>'


def _svg(width: int, height: int, *parts: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'fill="{QUIET}" style="font:12px sans-serif">{"".join(parts)}</svg>'
    )
