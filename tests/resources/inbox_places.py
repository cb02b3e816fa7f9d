"""Places where a dataset's files may lie, with one way to change what is there."""

from obstore.store import LocalStore

from resources.inbox import Inbox
from resources.inbox.stores import open_store
from tests.resources.inbox_folders import NOTHING_KNOWN, collect, put


class Place:
    """An inbox and a dataset `d` in it; `inbox` is new, so it has read nothing before."""

    @property
    def folder(self):
        return self.inbox.place("d")

    def open(self):
        return self.inbox._open(self.folder)

    def listed(self, path):
        return next(file for file in self.open().list().files if file.path == path)

    def scan(self, modality="image", known=NOTHING_KNOWN, **options):
        return collect(self.inbox.scan(self.folder, modality, known, **options))

    def put_all(self, files):
        for path, content in files.items():
            self.put(path, content.encode() if isinstance(content, str) else content)


class LocalPlace(Place):
    def __init__(self, root):
        self.root = root
        self.inbox = Inbox(str(root))

    def put(self, path, content):
        put(self.root / "d", {path: content})

    def remove(self, path):
        (self.root / "d" / path).unlink()


class StorePlace(Place):
    """Written to with the store's own client, below a prefix that needs escapes."""

    def __init__(self, uri, open_store=open_store):
        self.store = open_store(uri)
        self.inbox = Inbox(uri, open_store)

    def put(self, path, content):
        self.store.put(f"d/{path}", content)

    def remove(self, path):
        self.store.delete(f"d/{path}")


def files_as_objects(root):
    """Open stores whose objects are files: the store's own client, without a server."""

    def open_store(uri):
        return LocalStore(root / uri.partition("://")[2], mkdir=True)

    return open_store
