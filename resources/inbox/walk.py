"""Walk through a local folder by name, size and time alone."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from resources.inbox.listing import File, Reject, is_passed_over, is_unfinished
from saetm.items import is_unicode


@dataclass
class Walk:
    """What a walk has found so far; it follows no link out of the root and none to a folder."""

    root: Path  # absolute, symbolic links resolved
    files: list[File] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def enter(self, below: str) -> list[str]:
        """Judge what lies in one folder, and name the folders in it.

        Args:
            below: the folder relative to the root, as the system writes it, with a slash behind;
                the root itself is "".

        Raises:
            OSError: it cannot be read.
        """
        with os.scandir(f"{self.root}/{below}") as entries:
            visible = [entry for entry in entries if not is_passed_over(entry.name)]
        folders = []
        for entry in visible:
            path = below + entry.name
            try:
                if reason := self._refusal(entry):
                    self.rejects.append(Reject(written(path), reason))
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(f"{path}/")
                elif not is_unfinished(entry.name):
                    self._add(path, entry.stat())
            except OSError as error:
                self.rejects.append(unreadable(path, error))
        return folders

    def _add(self, path: str, status: os.stat_result) -> None:
        if stat.S_ISREG(status.st_mode):
            modified_us, changed_us = status.st_mtime_ns // 1000, status.st_ctime_ns // 1000
            self.files.append(File(path, status.st_size, modified_us, changed_us))
        else:
            self.rejects.append(Reject(path, "is neither a file nor a folder"))

    def _refusal(self, entry: os.DirEntry[str]) -> str | None:
        if not entry.name.isascii() and not is_unicode(entry.name):
            return "has a name that is not valid Unicode; rename it"
        if not entry.is_symlink():
            return None
        try:
            target = Path(entry.path).resolve(strict=True)
        except (FileNotFoundError, RuntimeError):
            return "is a symbolic link that leads nowhere"
        if not target.is_relative_to(self.root):
            return "is a symbolic link that leaves the folder"
        return "is a symbolic link to a folder, which is not followed" if target.is_dir() else None


def unreadable(path: str, error: OSError) -> Reject:
    """Report what cannot be read now: nothing may be concluded about it."""
    return Reject(written(path), f"cannot be read: {error.strerror}", is_unsettled=True)


def written(path: str) -> str:
    """Write a path as valid Unicode; bytes that are not show as escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
