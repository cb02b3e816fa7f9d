import io
import logging

import pytest

from resources import progress
from resources.progress import LoggedProgress, SilentProgress, TerminalProgress

LOGGER = logging.getLogger("test_progress")


def logged(caplog, units, total):
    with caplog.at_level(logging.INFO), LoggedProgress(LOGGER).bar("captions", total) as advance:
        for unit in units:
            advance(unit)
    return [record.getMessage() for record in caplog.records if record.name == LOGGER.name]


def test_short_work_is_one_line_with_all_units(caplog):
    assert logged(caplog, [500, 700], 1200) == ["captions: 1,200 done"]


def test_long_work_says_how_far_it_is(caplog, monkeypatch):
    monkeypatch.setattr(progress, "LOG_EVERY_SECONDS", 0.0)

    assert logged(caplog, [500, 700], 1200) == [
        "captions: 500 of 1,200",
        "captions: 1,200 of 1,200",
        "captions: 1,200 done",
    ]


def test_work_of_unknown_length_is_counted(caplog, monkeypatch):
    monkeypatch.setattr(progress, "LOG_EVERY_SECONDS", 0.0)
    lines = logged(caplog, [1500], None)

    assert len(lines) == 2
    assert lines[0].startswith("captions: 1,500 of ")
    assert "None" not in lines[0]
    assert lines[1] == "captions: 1,500 done"


def fail_half_way():
    with LoggedProgress(LOGGER).bar("captions", 2) as advance:
        advance(1)
        raise RuntimeError


def test_work_that_fails_is_not_called_done(caplog):
    with caplog.at_level(logging.INFO), pytest.raises(RuntimeError):
        fail_half_way()

    assert not [record for record in caplog.records if record.name == LOGGER.name]


def test_silence_is_silent(capfd):
    with SilentProgress().bar("captions", 2) as advance:
        advance(2)

    assert capfd.readouterr() == ("", "")


def test_a_terminal_shows_label_and_count_on_its_own_stream(capfd):
    stream = io.StringIO()
    with TerminalProgress(stream).bar("sae checkpoints", 3) as advance:
        advance(1)
        advance(2)

    assert "sae checkpoints" in stream.getvalue()
    assert "3/3" in stream.getvalue()
    assert capfd.readouterr() == ("", "")


def test_a_terminal_may_be_used_for_one_work_after_the_other():
    stream = io.StringIO()
    terminal = TerminalProgress(stream)
    for label in ("captions", "embeddings"):
        with terminal.bar(label, 1) as advance:
            advance(1)

    assert stream.getvalue().index("captions") < stream.getvalue().index("embeddings")
