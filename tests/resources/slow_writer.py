"""Copy a file in pieces, each when a line asks for it: slow_writer TARGET SOURCE PIECES PAUSE.

Says `open`, and `written` after each piece, and pauses for so many seconds behind it; the target
stays open throughout.
"""

import os
import sys
import time
from pathlib import Path


def say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(target, source, pieces, pause):
    content = Path(source).read_bytes()
    step = -(-len(content) // int(pieces))
    with Path(target).open("wb") as copy:
        say("open")
        for start in range(0, len(content), step):
            sys.stdin.readline()
            copy.write(content[start : start + step])
            copy.flush()
            os.fsync(copy.fileno())
            say("written")
            time.sleep(float(pause))


if __name__ == "__main__":
    main(*sys.argv[1:])
