"""Runs a command, and ends it with all its children when the keeper's own input closes.

    python keeper.py COMMAND [ARGUMENT ...]

The kernel closes that input when whoever started the keeper ends, however it ends: what holds a
card is never left behind. The keeper ends as the command does.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Thread

GRACE = 20  # seconds in which a command may end by itself
OWN = "SAETM_"  # variables that are nobody else's, keys among them


def main(command: list[str]) -> int:
    """Run the command to its end and return its exit code; 128 and the signal that ended it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(OWN)}  # noqa: TID251  handed on
    with subprocess.Popen(  # noqa: S603  the user's own command
        command, stdin=subprocess.DEVNULL, env=environment, start_new_session=True
    ) as child:
        Thread(target=_end_with_input, args=(child,), daemon=True).start()
        code = child.wait()
        _signal_all(child, signal.SIGKILL)  # what it left behind
    return code if code >= 0 else 128 - code


def _end_with_input(child: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1):  # past Python's buffer, whose lock would hang its end
        pass
    _signal_all(child, signal.SIGTERM)
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        _signal_all(child, signal.SIGKILL)


def _signal_all(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
