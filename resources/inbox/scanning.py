"""Walk through the items of a folder, reading only what is not known."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from resources.inbox.batches import Found, Known, build_row
from resources.inbox.facts import FactReader
from resources.inbox.folder import Folder
from resources.inbox.images import image_size
from resources.inbox.listing import File, Listing, Reject, UnsettledError
from resources.inbox.metadata import FactBook, same_name
from resources.inbox.reading import clean_text, decode_text, read_file
from resources.inbox.tables import Flaw, Row, read_columns, read_rows
from saetm.errors import InputError
from saetm.items import content_id

Events = Iterator[Found | Reject]


def scan_images(folder: Folder, listing: Listing, known: Known) -> Events:
    """Find images; tables are metadata, a `.txt` of an image's stem is its caption."""
    images = listing.of_kind("image")
    captions = {_stem(file): file for file in listing.of_kind("text")}
    sorted_tables = _Tables()
    yield from sorted_tables.sort(folder, listing, row_column=None)
    book = _book(images, FactReader(caption_columns=("caption", "text")), sorted_tables)
    yield from book.gather(folder, sorted_tables.metadata)
    for image in images:
        yield from _image(folder, image, captions.get(_stem(image)), book, known)
    stems = {_stem(image) for image in images}
    for stem, file in captions.items():
        if stem not in stems:
            yield Reject(file.path, "no image has the same name, so this is nobody's caption")


def scan_texts(folder: Folder, listing: Listing, known: Known) -> Events:
    """Find texts: `.txt` files, and the rows of tables with a `text` column."""
    texts = listing.of_kind("text")
    sorted_tables = _Tables()
    yield from sorted_tables.sort(folder, listing, row_column="text")
    book = _book(texts, FactReader(caption_columns=()), sorted_tables)
    yield from book.gather(folder, sorted_tables.metadata)
    for file in sorted([*texts, *sorted_tables.of_rows], key=lambda file: file.path):
        if file.kind == "text":
            yield from _text(folder, file, book, known)
        else:
            yield from _rows(folder, file, book.reader, known)


@dataclass
class _Tables:
    """The tables of a folder by what they are for."""

    of_rows: list[File] = field(default_factory=list)
    metadata: list[File] = field(default_factory=list)
    is_settled: bool = True  # whether all could be opened

    def sort(self, folder: Folder, listing: Listing, *, row_column: str | None) -> Iterator[Reject]:
        """Look into each table; one with `row_column` holds items, else it is metadata."""
        wanted = f"neither a {row_column} nor a" if row_column else "no"
        for table in listing.of_kind("table"):
            try:
                with folder.local(table) as path:
                    columns = _columns(path, table)
            except InputError as error:
                yield _reject(table.path, error)
                self.is_settled &= not isinstance(error, UnsettledError)
                continue
            if row_column in columns:
                self.of_rows.append(table)
            elif "file_name" in columns:
                self.metadata.append(table)
            else:
                yield Reject(table.path, f"has {wanted} file_name column, or no row")


def _columns(path: Path, table: File) -> set[str]:
    if not table.bytes:
        raise InputError("is empty")
    return read_columns(path)


def _book(files: list[File], reader: FactReader, tables: _Tables) -> FactBook:
    names = frozenset(same_name(file.path) for file in files)
    return FactBook(reader, names, is_settled=tables.is_settled)


def _image(
    folder: Folder, image: File, caption: File | None, book: FactBook, known: Known
) -> Events:
    facts = book.of(image.path)
    stamp: list[str] = []
    if caption and facts.caption is None:
        stamp = [f"{caption.path} {caption.bytes} {caption.modified_us}", *caption.stamp]
    digest = facts.digest(*stamp, *image.stamp)
    if item_id := known.unchanged_file(image, digest if book.is_settled else None):
        yield Found(image.path, item_id)
        return
    try:
        content = read_file(folder, image)
        width, height = image_size(content)
    except InputError as error:
        yield _reject(image.path, error)
        return
    if caption and stamp:
        try:
            words = decode_text(read_file(folder, caption))
            facts = replace(facts, caption=words)
        except InputError as error:
            yield _reject(caption.path, error)
            if isinstance(error, UnsettledError):
                if item_id := known.unchanged_file(image, None):
                    yield Found(image.path, item_id)
                    return
                digest = facts.digest()  # differs next time, so the caption is tried again
    item_id = content_id(content)
    row = build_row(image, facts, digest, item_id)
    row |= {"modality": "image", "text": facts.caption, "width": width, "height": height}
    yield Found(image.path, item_id, row)


def _text(folder: Folder, file: File, book: FactBook, known: Known) -> Events:
    facts = book.of(file.path)
    digest = facts.digest(*file.stamp)
    if item_id := known.unchanged_file(file, digest if book.is_settled else None):
        yield Found(file.path, item_id)
        return
    try:
        text = decode_text(read_file(folder, file))
    except InputError as error:
        yield _reject(file.path, error)
        return
    item_id = content_id(text.encode())
    row = build_row(file, facts, digest, item_id) | {"modality": "text", "text": text}
    yield Found(file.path, item_id, row)


def _rows(folder: Folder, table: File, reader: FactReader, known: Known) -> Events:
    """Find the texts of a table, which is always read: rows have no time of their own."""
    try:
        with folder.local(table) as path:
            for row in read_rows(path):
                yield from _row(table, row, reader, known)
    except InputError as error:
        yield _reject(table.path, error)


def _row(table: File, row: Row | Flaw, reader: FactReader, known: Known) -> Events:
    path = f"{table.path}#{row.number}"
    if isinstance(row, Flaw):
        yield Reject(path, row.reason)
        return
    try:
        text = clean_text(row.values.get("text"))
    except InputError as error:
        yield Reject(path, f"text {error}")
        return
    facts, remarks = reader.read(row.values)
    for remark in remarks:
        yield Reject(path, remark)
    content = text.encode()
    item_id, digest = content_id(content), facts.digest()
    if known.has(path, item_id, digest):
        yield Found(path, item_id)
        return
    source = table._replace(path=path, bytes=len(content))
    item = build_row(source, facts, digest, item_id) | {"modality": "text", "text": text}
    yield Found(path, item_id, item)


def _reject(path: str, error: InputError) -> Reject:
    return Reject(path, str(error), is_unsettled=isinstance(error, UnsettledError))


def _stem(file: File) -> str:
    return file.path.rpartition(".")[0]
