"""What Helm makes of values files, as far as it can be said without Helm."""

import re
from functools import reduce

import yaml

from tests.line.homes import ROOT

HELM = ROOT / "deploy" / "helm"
AS_THEY_ARE = {"applyLimitPerUniqueValue"}  # keys that Dagster itself writes so


def values(*names):
    """Return values files merged as Helm merges them: mappings key by key, lists whole."""
    return reduce(_merged, (yaml.safe_load((HELM / name).read_text()) for name in names))


def snake(settings):
    """Return settings with the keys that Dagster gives them."""
    if isinstance(settings, list):
        return [snake(each) for each in settings]
    if not isinstance(settings, dict):
        return settings
    return {
        key if key in AS_THEY_ARE else re.sub("([A-Z])", lambda m: f"_{m[1].lower()}", key): snake(
            value
        )
        for key, value in settings.items()
    }


def _merged(below, above):
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {
        key: _merged(below[key], above[key]) if key in below and key in above else value
        for key, value in {**below, **above}.items()
    }
