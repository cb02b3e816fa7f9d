"""The page of queries: its code runs from top to bottom; its outputs are written from a real home.

    python -m tests.docs.queries_page HOME

HOME is that of `make demo`, from which 100 prints were taken away before a second run. The page is
written anew, and its diff is the review.
"""

import contextlib
import io
import re
import sys
from pathlib import Path

import polars as pl

PAGE = Path(__file__).resolve().parents[2] / "docs" / "queries.md"
SNIPPET = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)


def snippets():
    """Return each block of code of the page with the output that follows it."""
    return SNIPPET.findall(PAGE.read_text(encoding="utf-8"))


def printed(codes, home, *changes):
    """Run blocks of code one after the other on a home folder, and return what each prints.

    Args:
        codes: the blocks.
        home: the home folder, in place of `.saetm`.
        changes: pairs of what is read otherwise, such as another dataset's name.
    """
    names, outputs = {}, []
    with pl.Config():  # the page sets how frames are shown
        for code in codes:
            here = code
            for old, new in ((".saetm", str(home)), *changes):
                here = here.replace(old, new)
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(here, PAGE.name, "exec"), names)
            outputs.append(out.getvalue())
    return outputs


def main(home):
    codes = [code for code, _ in snippets()]
    outputs = iter(printed(codes, home))

    def filled(found):
        return f"```python\n{found[1]}```\n\n```text\n{next(outputs)}```\n"

    PAGE.write_text(SNIPPET.sub(filled, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
