"""What the paper reports of each model: its Tables 2 (texts) and 3 (images)."""

from dataclasses import dataclass

Scores = tuple[float, float, float]  # topic rating 0-100, intruders found in %, WMD


@dataclass(frozen=True)
class Reported:
    """Means over datasets, by number of topics."""

    at_50: Scores
    at_100: Scores
    at_200: Scores

    def at(self, count: int) -> Scores | None:
        """Return what is reported for a number of topics, if anything is here."""
        return {50: self.at_50, 100: self.at_100, 200: self.at_200}.get(count)


TEXTS = {
    "avitm": Reported((38.72, 69.05, 3.36), (35.74, 69.02, 3.36), (34.59, 68.17, 3.27)),
    "combinedtm": Reported((40.90, 70.24, 3.24), (38.49, 67.37, 3.22), (37.56, 63.55, 3.45)),
    "dectm": Reported((38.85, 66.49, 3.26), (35.43, 66.00, 3.21), (28.93, 53.14, 3.15)),
    "dvae": Reported((21.24, 22.45, 3.00), (17.36, 11.16, 3.36), (16.87, 2.29, 3.21)),
    "etm": Reported((21.68, 28.36, 3.08), (20.26, 23.28, 3.18), (20.02, 19.05, 3.25)),
    "fastopic": Reported((32.31, 56.06, 2.92), (30.33, 56.90, 2.96), (29.46, 51.83, 2.89)),
    "nstm": Reported((21.73, 39.62, 3.07), (22.88, 38.95, 3.04), (22.61, 41.69, 2.99)),
    "tsctm": Reported((44.61, 69.75, 3.87), (35.81, 58.53, 3.79), (29.51, 40.00, 3.76)),
    "sae_tm": Reported((54.54, 76.94, 3.66), (49.78, 75.36, 3.63), (45.04, 72.07, 3.58)),
}

IMAGES = {
    "avitm": Reported((31.12, 78.52, 3.44), (30.64, 78.11, 3.40), (28.88, 76.78, 3.36)),
    "combinedtm": Reported((42.30, 79.39, 3.82), (35.11, 59.65, 3.82), (23.16, 30.80, 3.80)),
    "dectm": Reported((35.20, 69.18, 3.94), (33.96, 64.44, 3.93), (28.32, 45.73, 3.94)),
    "dvae": Reported((16.93, 5.75, 3.64), (16.06, 5.64, 3.51), (16.94, 10.05, 3.20)),
    "etm": Reported((20.46, 42.15, 3.43), (19.44, 35.63, 3.51), (19.33, 28.85, 3.58)),
    "fastopic": Reported((34.44, 69.56, 3.54), (33.00, 70.06, 3.54), (32.28, 68.14, 3.57)),
    "nstm": Reported((19.57, 63.88, 2.79), (18.34, 65.65, 2.73), (19.41, 67.90, 2.71)),
    "tsctm": Reported((40.51, 80.40, 3.91), (38.46, 80.33, 3.84), (34.69, 72.61, 3.82)),
    "sae_tm": Reported((44.05, 83.77, 3.64), (40.77, 83.84, 3.60), (38.07, 83.42, 3.59)),
}
