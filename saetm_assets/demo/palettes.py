"""The colours of seven eras of woodblock printing, by day, at dusk and by night."""

from dataclasses import dataclass, fields, replace
from typing import Literal

Colour = tuple[int, int, int]
Light = Literal["day", "dusk", "night"]

_STILL_BRIGHT = {"sky_top", "sky_low", "ink", "gold", "paper", "moon"}  # not dimmed by night


@dataclass(frozen=True, slots=True)
class Palette:
    """The colour blocks of one print; all values are 8-bit RGB."""

    paper: Colour
    ink: Colour
    sky_top: Colour
    sky_low: Colour
    far: Colour  # hills in the distance
    land: Colour
    leaf: Colour
    leaf_dark: Colour
    water: Colour
    deep: Colour  # water in the foreground, and mountains
    foam: Colour
    wood: Colour
    roof: Colour
    red: Colour
    blossom: Colour
    gold: Colour
    skin: Colour
    cloth_a: Colour
    cloth_b: Colour
    cloth_c: Colour
    moon: Colour

    def lit(
        self, light: Light, dusk: tuple[Colour, Colour], night: tuple[Colour, Colour]
    ) -> "Palette":
        """Return the palette under another sky; at night all but lights and ink grow dim."""
        if light == "day":
            return self
        sky = dusk if light == "dusk" else night
        veil = 0.08 if light == "dusk" else 0.26
        dimmed = {
            field.name: mix(getattr(self, field.name), sky[0], veil)
            for field in fields(self)
            if field.name not in _STILL_BRIGHT
        }
        return replace(self, sky_top=sky[0], sky_low=sky[1], **dimmed)

    def snowed(self) -> "Palette":
        """Return the palette of the same place under snow: land and leaves nearly white."""
        white = (244, 243, 238)
        return replace(
            self,
            far=mix(self.far, white, 0.6),
            land=mix(self.land, white, 0.85),
            leaf=mix(self.leaf, white, 0.72),
            roof=mix(self.roof, white, 0.8),
            sky_low=mix(self.sky_low, (190, 198, 206), 0.5),
            sky_top=mix(self.sky_top, (120, 132, 148), 0.4),
        )


@dataclass(frozen=True, slots=True)
class Pigments:
    """What the printers of an era had on their blocks: a palette and its two other skies."""

    day: Palette
    dusk: tuple[Colour, Colour]  # sky from top to horizon
    night: tuple[Colour, Colour]

    def under(self, light: Light) -> Palette:
        """Return the palette of one light."""
        return self.day.lit(light, self.dusk, self.night)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; `share` in [0, 1] is the part of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def hue(code: str) -> Colour:
    """Read a colour written as six hexadecimal digits.

    Example:
        >>> hue("ff8000")
        (255, 128, 0)
    """
    red, green, blue = bytes.fromhex(code)
    return red, green, blue


def _palette(codes: str) -> Palette:
    """Read a palette written as hexadecimal codes in the order of the fields."""
    return Palette(*(hue(code) for code in codes.split()))


def _sky(codes: str) -> tuple[Colour, Colour]:
    top, low = (hue(code) for code in codes.split())
    return top, low


# Rows: paper ink sky sky / far land leaf leaf / water deep foam / wood roof red blossom gold /
# skin and three cloths / moon.
BENIZURI = Pigments(  # rose and green printed by hand-cut blocks, on warm paper
    day=_palette(
        "efe2c3 2b2420 e7cfa9 f4e9cf cdc39a dccf9f 93a67c 5f7c60 c9d0b6 8dab98 f7efdc "
        "b88c66 8d7a62 cf5a55 e79c99 d9b062 f7e8d2 d97f7b 8aa67d e2c78a f8efd4"
    ),
    dusk=_sky("dd9d8e f2dcc0"),
    night=_sky("8d8a7d d6c9a8"),
)
NISHIKI = Pigments(  # the first full colours: greys, ochres and fugitive violets
    day=_palette(
        "ece0c6 2c2625 c5c3bb ebe1cc b9b7a0 d3c49b 8f9c74 5c7059 bcc6c1 8097a0 f4eee0 "
        "ae8058 7d7166 c2543f dfa4a0 cf9f4c f6e7d3 cb8a63 9789ad 87a08a f6eed6"
    ),
    dusk=_sky("c79a82 efdcc2"),
    night=_sky("5f6068 b9b3a3"),
)
GOLDEN = Pigments(  # yellow grounds, violet, moss and lacquer black
    day=_palette(
        "ecdfc0 231f1f dcc382 f1e3b8 b8b089 cdbb80 7d9163 4b6649 b3c2bd 6f8d9b f3ecda "
        "a57547 6d6459 b8402f dc9793 c99a3a f6e5cf 7a6590 b8483c 5f7f63 f6ecca"
    ),
    dusk=_sky("c98a5c f0dcaa"),
    night=_sky("4c4a54 a99f8c"),
)
BUNSEI = Pigments(  # bolder: indigo, brick red, bottle green
    day=_palette(
        "eaddc0 1f1c1e 9db3b8 efe2c2 a5ad95 c9b97f 6d8a58 3d5c43 a3bcc2 466f8e f3ecdc "
        "9a6a40 565a5e b6362b d98f8f c8963a f4e2ca 35567f b6402f 4d7658 f6eccd"
    ),
    dusk=_sky("b96a4e f0d6a4"),
    night=_sky("34405a 93a0a4"),
)
PRUSSIAN = Pigments(  # the blue that made landscape famous
    day=_palette(
        "eee3ca 1a1d2b 2f66a3 f3e4c6 9fb2b8 d3c48e 6c9063 2f5a4c 8db7cf 1d4c86 f6f1e4 "
        "a8743f 4c5a6b c2452f e3a1a0 d8a53f f5e4cd 24538f c9523a 5d8f78 f9f0d2"
    ),
    dusk=_sky("2a5490 f0b184"),
    night=_sky("12274f 6f94b4"),
)
ANILINE = Pigments(  # imported dyes: shrill red, purple, emerald
    day=_palette(
        "efe4cf 1d1820 b3283a f4dcc0 b8a7b5 cfbd86 4f8f58 22603f 9fb9cf 3c4f96 f7f2e8 "
        "93603c 4d4455 c8182c ec98a8 e0aa33 f7e6d4 c01f36 6a2f8a 2f8460 fbf0cf"
    ),
    dusk=_sky("7a2c7e f2a070"),
    night=_sky("241f4d 7d6aa0"),
)
SHIN_HANGA = Pigments(  # soft light, many impressions, mauve shadows
    day=_palette(
        "f1e9da 25262f 7fa8c6 f6e2d0 a9b6c4 c5bd98 7d9b80 3f6459 a5c6d2 41708f f7f4ec "
        "8f6b4f 56606f b9483f efb6b8 e2b25a f7e6d6 5d6f9c b0596a 7fa08f fdf3d4"
    ),
    dusk=_sky("5f6a9c f6bfa0"),
    night=_sky("1b2c4d 5b7f9c"),
)
