"""The pages door: where published pages lie as files."""

from pathlib import Path
from urllib.parse import quote


class Pages:
    """Publishes HTML pages below one folder."""

    def __init__(self, root: Path) -> None:
        """Publish below this folder."""
        self._root = root

    def publish(self, name: str, page: str) -> Path:
        """Write a page whole or not at all, and return its path.

        The name is percent-encoded, so that it cannot leave the folder.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        path = self._root / f"{quote(name, safe='')}.html"
        draft = path.with_suffix(".part")
        draft.write_text(page, encoding="utf-8")
        draft.replace(path)
        return path
