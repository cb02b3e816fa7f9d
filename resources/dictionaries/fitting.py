"""Whether a published autoencoder reads what a language model says."""

from resources.dictionaries.published import Published
from resources.token_model import TokenModel
from saetm.errors import InputError


def check_fit(published: Published, model: TokenModel) -> None:
    """Refuse an autoencoder of other states: those of another layer would mean nothing to it.

    Raises:
        InputError: it reads states of another width, or was trained on another layer.
    """
    width = published.dictionary.width
    if width != model.width:
        raise InputError(
            f"The autoencoder {published.origin!r} reads states of width {width}, and those of "
            f"{model.producer!r} have {model.width}: take one that was trained on this model."
        )
    if published.layer not in {None, model.layer}:
        raise InputError(
            f"The autoencoder {published.origin!r} was trained on layer {published.layer}, and "
            f"tokens.layer is {model.layer}: set it to {published.layer}."
        )
