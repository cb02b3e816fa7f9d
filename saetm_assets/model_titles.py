"""What topic models are called: those of the line, those over features of tokens, and rivals."""

from saetm.mechanistic import catalogue as mechanistic
from saetm.models import catalogue as rivals

TITLES = {
    name: model.title
    for models in (rivals.MODELS, mechanistic.MODELS)
    for name, model in models.items()
}
"""As papers write them, by name."""
