"""What a viewer may call each motif, and what may be said of it.

Every name is a noun phrase with its article, every detail follows it without a comma, so that any
detail fits any name of its motif, and the words of a motif vary from caption to caption.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """The ways to speak of one motif."""

    names: tuple[str, ...]
    details: tuple[str, ...]


def _phrases(names: str, details: str) -> Phrases:
    """Read phrases that are separated by bars."""
    return Phrases(
        tuple(part.strip() for part in names.split("|")),
        tuple(part.strip() for part in details.split("|")),
    )


PHRASES: dict[str, Phrases] = {
    "sea": _phrases(
        "a great wave | a towering breaker | the open sea | a rough ocean swell | a curling "
        "wave | heavy surf | the incoming tide",
        "with claws of foam | breaking in white spray | rolling towards the shore | rearing "
        "above the deep water | with foam along its crest | surging over the rocks of the "
        "coast",
    ),
    "river": _phrases(
        "a winding river | a quiet stream | a broad river | a meandering brook | the river "
        "shallows | a slow stream",
        "between reedy banks | with its current drawn in blue lines | flowing through the "
        "meadows | bending around the reeds | running down from the hills | with grass along "
        "both banks",
    ),
    "waterfall": _phrases(
        "a tall waterfall | a plunging cascade | a mountain waterfall | white falls | a "
        "roaring cascade | a sheer waterfall",
        "between dark cliffs | pouring down the rock face | dissolving into mist at its foot "
        "| dropping through the gorge in bright threads | with spray over the boulders | "
        "thundering into the ravine",
    ),
    "boat": _phrases(
        "a fishing boat | a small sailing boat | a ferry boat | a wooden vessel | a "
        "fisherman's boat | a cargo boat",
        "under a square sail | with a boatman at the oar | steered by a fisherman in a straw "
        "hat | with its sail full of wind | drifting with lowered oar | rowed home by its "
        "crew",
    ),
    "steamship": _phrases(
        "a paddle steamer | a black steamship | a foreign steamer | a great iron ship | a "
        "smoking steamship | an ocean steamer",
        "with smoke trailing from its funnel | turning its red paddle wheel | anchored in the "
        "foreign harbour | with tall masts and a funnel | leaving port under steam | with a "
        "black hull and busy decks",
    ),
    "moon": _phrases(
        "a full moon | the pale moon | an autumn moon | a rising moon | the round moon | "
        "bright moonlight",
        "behind bands of cloud | hanging in the night sky | with a soft halo | silvering the "
        "clouds | at midnight among the stars | with a lunar gleam",
    ),
    "fuji": _phrases(
        "Mount Fuji | the cone of Fuji | the sacred mountain Fuji | snow-capped Fuji | the "
        "peak of Mount Fuji | Fuji the great volcano",
        "above a belt of mist | with its white summit | far off on the skyline | with long "
        "even slopes | rising over the plain | seen from the foot of the volcano",
    ),
    "crane": _phrases(
        "two cranes | a pair of cranes | flying cranes | red-crowned cranes | a crane and its "
        "mate | migrating cranes",
        "with outspread wings | gliding on black-tipped wings | with necks stretched in "
        "flight | in white plumage | calling as they fly | with long legs trailing behind",
    ),
    "rain": _phrases(
        "driving rain | a sudden shower | an evening downpour | slanting rain | a summer "
        "rainstorm | steady drizzle",
        "drawn in fine parallel lines | soaking everything in sight | out of heavy clouds | "
        "falling without a pause | blown sideways by the storm | beating down on the wet "
        "ground",
    ),
    "snow": _phrases(
        "falling snow | deep snow | a winter snowfall | thick snowflakes | fresh snow | a "
        "snowstorm",
        "covering the frozen ground | muffling every winter sound | in large soft flakes | "
        "whitening the roofs and fields | drifting down in the cold | at the icy height of "
        "winter",
    ),
    "pine": _phrases(
        "an old pine | a crooked pine tree | a gnarled pine | a tall evergreen pine | a "
        "twisted pine | a wind-bent pine",
        "with flat pads of needles | spreading its evergreen branches | with rough bark | "
        "leaning on its gnarled trunk | with dark green needles | dropping cones from its "
        "boughs",
    ),
    "cherry": _phrases(
        "a cherry branch | cherry blossoms | a flowering cherry tree | a spray of cherry "
        "blossom | a cherry bough in bloom | spring blossoms",
        "with scattered pink petals | in full spring bloom | opening bud by bud | shedding "
        "petals in the breeze | heavy with pink flowers | at the height of spring",
    ),
    "garden": _phrases(
        "an iris garden | a flower garden | beds of iris | purple irises | a garden of irises "
        "| blooming irises",
        "around a path of stepping stones | with flowers among tall green leaves | planted in "
        "dense rows | beside a mossy lawn | tended by careful gardeners | in purple flower",
    ),
    "bridge": _phrases(
        "an arched bridge | a wooden bridge | a drum bridge | a long footbridge | a high "
        "curved bridge | a bridge on trestles",
        "with a railing of capped posts | crossing on wooden piers | spanning from bank to "
        "bank | with worn planks and a handrail | carried by timber piles | with an empty "
        "span",
    ),
    "temple": _phrases(
        "a pagoda | a temple pagoda | a red pagoda | an old Buddhist temple | a four-storeyed "
        "pagoda | a temple tower",
        "with upturned eaves | crowned by a bronze finial | where monks sound the bell | "
        "rising tier upon tier | within the shrine precinct | with tiled roofs and red walls",
    ),
    "teahouse": _phrases(
        "a tea house | a thatched tea house | a roadside tea house | an open tea room | a "
        "country inn | a tea pavilion",
        "with paper screens | with short curtains at the door | under a thatched roof | where "
        "guests drink tea on the veranda | with sliding doors and straw mats | serving "
        "travellers",
    ),
    "market": _phrases(
        "a crowded market | market stalls | a street of shops | a busy marketplace | a row of "
        "stalls | merchants at a market",
        "under striped awnings | with baskets of fruit for sale | with vendors and buyers | "
        "where shoppers bargain with merchants | piled with vegetables and wares | full of "
        "customers",
    ),
    "train": _phrases(
        "a steam train | a new locomotive | a railway train | a steam locomotive | an early "
        "railway engine | a passenger train",
        "pulling red carriages | trailing smoke along the rails | on the railway to Yokohama "
        "| puffing steam over the track | with brass wheels and a tall chimney | leaving the "
        "station",
    ),
    "woman": _phrases(
        "a woman in a kimono | a courtesan in a kimono | a young beauty | an elegant lady "
        "| a geisha | a "
        "woman in a patterned robe | a fashionable lady",
        "with pins in her hair | wearing a broad obi sash | in long flowing sleeves | with "
        "her collar low at the nape | gathering the hem of her kimono | in layered silk robes",
    ),
    "actor": _phrases(
        "a kabuki actor | a famous actor | a stage hero | an actor in costume | a kabuki star "
        "| a theatre actor",
        "in bold face paint | striking a dramatic pose | in huge crested sleeves | glaring in "
        "a celebrated role | with crossed eyes and red make-up | on the kabuki stage",
    ),
    "samurai": _phrases(
        "a samurai | a warrior in armour | an armoured general | a samurai warrior | a fierce "
        "swordsman | a legendary warrior",
        "with a raised sword | in a horned helmet | in laced armour | with a war banner at "
        "his back | drawing his blade for battle | ready to fight for his lord",
    ),
    "cat": _phrases(
        "a cat | a house cat | a bobtail cat | a spotted kitten | a well-fed cat | a patient "
        "tomcat",
        "with a bell on its collar | with long whiskers | sitting on its paws | licking its "
        "soft fur | watching for mice | purring with half-closed eyes",
    ),
    "fox": _phrases(
        "a fox | a red fox | a fox spirit | a magic fox | a sly fox | a vixen",
        "among ghostly flames | with a bushy tail | surrounded by fox fire | sent by the god "
        "Inari | with pointed ears and a narrow muzzle | weaving its enchantment",
    ),
    "carp": _phrases(
        "a leaping carp | a red and white carp | a koi | a large carp | a spotted koi | a fat carp",
        "with gleaming scales | twisting out of the pond | with whiskers and red fins | "
        "splashing with its tail | over ripples in the pond | swimming strongly upwards",
    ),
    "lantern": _phrases(
        "paper lanterns | a row of lanterns | hanging lanterns | three red lanterns | lit "
        "lanterns | festival lanterns",
        "glowing on a cord | casting a warm light | lit for the festival | with candles "
        "burning inside | swaying overhead | shining like small lamps",
    ),
    "umbrella": _phrases(
        "an open umbrella | a paper umbrella | an oiled-paper parasol | a red parasol | a "
        "bamboo umbrella | a wide parasol",
        "with a white ring | on bamboo ribs | resting on its handle | twirled over the shoulder "
        "| of lacquered paper | with a round painted canopy",
    ),
    "fan": _phrases(
        "a folding fan | a painted fan | an open fan | a gilded fan | a dancer's fan | a paper fan",
        "with slender ribs | decorated with a small red sun | tied with a tasselled string | "
        "spread in a half circle | with gold leaf on its folds | painted for the summer heat",
    ),
}
