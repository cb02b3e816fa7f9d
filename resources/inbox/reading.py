"""Read the bytes and the words of one file, refusing what no item can be."""

from resources.inbox.folder import Folder
from resources.inbox.listing import File
from saetm.errors import InputError
from saetm.items import is_unicode, normalise_text

MAX_FILE_BYTES = 256 * 2**20  # an item is held in memory whole; no photograph is larger
MAX_TEXT_CHARACTERS = 16 * 2**20  # a shelf of books; more in one item is not a text but a dump
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_file(folder: Folder, file: File) -> bytes:
    """Read a listed file whole.

    Raises:
        UnsettledError: it cannot be read now, or is not what was listed.
        InputError: it is empty, too large or gone.
    """
    if file.bytes > MAX_FILE_BYTES:
        raise InputError(f"is larger than {MAX_FILE_BYTES // 2**20} MiB")
    content = folder.read(file)
    if not content:  # told last: a file that is still being written begins empty
        raise InputError("is empty")
    return content


def decode_text(content: bytes) -> str:
    """Decode UTF-8 with or without mark, or UTF-16 with its mark, and normalise.

    Raises:
        InputError: the content is in another encoding, or is no text.
    """
    try:
        return clean_text(content.decode(encoding_of(content)))
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text; save it in that encoding") from error


def encoding_of(head: bytes) -> str:
    """Tell the encoding from the mark at the start; without one it is UTF-8."""
    return "utf-16" if head.startswith(_UTF16) else "utf-8-sig"


def clean_text(text: object) -> str:
    """Normalise a text, or say why it is none.

    Raises:
        InputError: not a string, blank, too long, not Unicode, or with NUL characters.
    """
    if text is None or (isinstance(text, str) and not text.strip()):
        raise InputError("is empty")
    if not isinstance(text, str):
        raise InputError(f"is not a string but {type(text).__name__}")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InputError(f"is longer than {MAX_TEXT_CHARACTERS:,} characters")
    if "\0" in text:
        raise InputError("holds NUL characters, so it is not a text")
    if not is_unicode(text):
        raise InputError("is not valid UTF-8")
    return normalise_text(text)
