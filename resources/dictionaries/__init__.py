"""Autoencoders of token states that others trained, in the formats of those who publish them."""

from resources.dictionaries.door import open_dictionary
from resources.dictionaries.fitting import check_fit
from resources.dictionaries.published import Published

__all__ = ["Published", "check_fit", "open_dictionary"]
