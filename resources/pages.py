"""The pages door: where published pages lie as files."""

from pathlib import Path
from urllib.parse import quote


class Pages:
    """Publishes HTML pages below one folder."""

    def __init__(self, root: Path) -> None:
        """Publish below this folder."""
        self._root = root

    def path(self, name: str) -> Path:
        """Where the page of this name lies; percent-encoded, so that it stays in the folder."""
        return self._root / f"{quote(name, safe='')}.html"

    def publish(self, name: str, page: str) -> Path:
        """Write a page whole or not at all, and return its path."""
        self._root.mkdir(parents=True, exist_ok=True)
        path = self.path(name)
        draft = path.with_suffix(".part")
        draft.write_text(page, encoding="utf-8")
        draft.replace(path)
        return path

    def withdraw(self, name: str) -> None:
        """Remove the page of this name, if there is one."""
        self.path(name).unlink(missing_ok=True)
