"""What an address asks for, read with care: whatever stands there, a page comes back."""

from starlette.requests import Request

from saetm_assets.explorer.dataset import Dataset


def count_of(request: Request, dataset: Dataset) -> int:
    """Return the number of topics of `?k=`, the nearest that there is; the dataset's own if none.

    Raises:
        InputError: the dataset has no topics yet.
    """
    dataset.view.ledger("topics")
    asked = request.query_params.get("k", "")
    if not asked.isdecimal() or len(asked) > 6:
        return dataset.topic_count
    return dataset.clamped(int(asked))


def choice_of(request: Request, name: str, choices: tuple[str, ...]) -> str:
    """Return a parameter that is one of a few; the first of them where it is not."""
    asked = request.query_params.get(name, "")
    return asked if asked in choices else choices[0]
