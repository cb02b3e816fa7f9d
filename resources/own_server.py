"""A model served by a process of our own: vLLM on this machine, for as long as a stage asks.

Nothing here imports vLLM. It runs as the command `vllm serve`, perhaps of another environment,
behind a socket in a private folder, so that no port is open and no other user can ask. It starts
with the first question and ends with the last: while nobody asks, the card is free.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from anyio import sleep
from anyio.from_thread import BlockingPortal
from pydantic import BaseModel, ConfigDict, Field

from resources import keeper
from resources.asking import Asking
from resources.cards import card
from resources.model_server import ModelServer
from saetm.errors import InputError, OutOfReachError
from saetm.prompts.wording import shorten

_PAUSE = 0.5  # seconds between two looks whether it is ready
_TAIL = 2**18  # bytes at the end of a log that are read for what went wrong
_LINE = 300  # characters of it that a message repeats
# an exception's line, perhaps after vLLM's "(Worker pid=1) ERROR 01-01 12:00:00 [x.py:1] "
_CAUSE = re.compile(
    r"^(?:\([^)]*\) )?(?:ERROR [^\]]*\] )?"
    r"([\w.]*(?:Error|Exception): (?!Engine core initialization failed).+)$",
    re.MULTILINE,
)


CARD = "cuda:0"  # the first that vLLM sees; locked even where it runs on a processor


class Vllm(BaseModel):
    """How vLLM is run on this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: str = Field(default="vllm serve", description="what the model's name is put after")
    arguments: str = Field(default="", description="further arguments, which win over ours")
    memory: float = Field(default=0.9, gt=0, le=1, description="share of the card's memory")
    length: int = Field(default=8192, gt=0, description="tokens of one question with its answer")
    dtype: str = Field(default="auto", description="of the weights; auto is what they say")
    start_seconds: float = Field(default=1800, gt=0, description="wait until it is ready")

    def line(self, model: str, revision: str | None, socket: Path) -> list[str]:
        """Return the command line that serves a model on a socket.

        JSON without free white space keeps weak models from filling an answer with it; sampling
        defaults that a model brings would change greedy answers.

        Raises:
            InputError: the command is not there.
        """
        command = shlex.split(self.command)
        if not command or shutil.which(command[0]) is None:
            raise InputError(
                f"vLLM's command {self.command!r} is not there; install it (pip install "
                "'saetm[vllm]', or into an environment of its own) or set SAETM_VLLM_COMMAND"
            )
        ours = {
            "--served-model-name": model,
            "--uds": str(socket),
            "--dtype": self.dtype,
            "--gpu-memory-utilization": str(self.memory),
            "--max-model-len": str(self.length),
            "--generation-config": "vllm",
            "--structured-outputs-config.backend": "xgrammar",
            "--structured-outputs-config.disable_any_whitespace": "true",
        }
        if revision:
            ours |= {"--revision": revision, "--tokenizer-revision": revision}
        flags = [part for pair in ours.items() for part in pair]
        return [*command, model, *flags, *shlex.split(self.arguments)]


class OwnServer(ModelServer):
    """A model that vLLM serves to this process alone."""

    base_url: str = "http://vllm/v1"  # the name is nobody's: requests go through the socket
    retries: int = 2  # no network lies between
    vllm: Vllm = Vllm()

    @property
    def producer(self) -> str:
        """Model, revision, number format and sampling, as a row records them."""
        return f"vllm:{self._name} (dtype {self.vllm.dtype}, {self._sampling})"

    @property
    def address(self) -> str:
        """Who answers, as messages name it."""
        return f"the vLLM process of {self.model!r}"

    def unreachable(self, error: Exception) -> OutOfReachError:
        """Say that the process does not answer."""
        return OutOfReachError(
            f"{self.address} does not answer ({self._cause(error.__cause__ or error)})"
        )

    @contextmanager
    def _asking(self, portal: BlockingPortal) -> Iterator[Asking]:
        """Run the server and open a connection once it is ready."""
        from httpx2 import AsyncHTTPTransport

        with card(CARD), _private_folder() as folder:
            socket, log = folder / "socket", folder / "log"
            line = self.vllm.line(self.model, self.revision, socket)
            with _kept(line, log) as process:
                try:
                    transport = AsyncHTTPTransport(uds=str(socket))
                    with self._connected(portal, transport) as asking:
                        portal.call(self._ready, asking, process)
                        yield asking
                except OutOfReachError as error:
                    raise self._ended(process, log, error) from None

    async def _ready(self, asking: Asking, process: "subprocess.Popen[bytes]") -> None:
        """Wait until the model is loaded and answers.

        Raises:
            OutOfReachError: the process ended, or takes too long.
        """
        failure = OutOfReachError(f"{self.address} is not ready")
        for _ in range(int(self.vllm.start_seconds / _PAUSE)):
            if process.poll() is not None:
                break
            try:
                await asking.knock()
            except OutOfReachError as error:
                failure = error
                await sleep(_PAUSE)
            else:
                return
        raise failure

    def _ended(
        self, process: "subprocess.Popen[bytes]", log: Path, error: OutOfReachError
    ) -> OutOfReachError:
        """Say why the process does not answer, from the last that it wrote."""
        try:
            code = process.wait(_PAUSE)
        except subprocess.TimeoutExpired:
            return OutOfReachError(f"{error}; its log is {log}")
        return OutOfReachError(
            f"{self.address} ended with exit code {code}: {_last_words(log)}; its log is {log}"
        )


@contextmanager
def _private_folder() -> Generator[Path, None, None]:
    """Give a folder of this user alone; it stays where a message has named it."""
    folder = Path(mkdtemp(prefix="saetm-"))
    try:
        yield folder
    except OutOfReachError:
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _kept(command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command that ends with this block, or with this process."""
    with (
        log.open("wb") as written,
        subprocess.Popen(  # noqa: S603  the user's own command
            [sys.executable, keeper.__file__, *command],
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        yield process


def _last_words(log: Path) -> str:
    """Return the first error in the end of a log, from which others follow, or its last line."""
    with log.open("rb") as written:
        written.seek(max(0, log.stat().st_size - _TAIL))
        text = written.read().decode("utf-8", "replace")
    cause = _CAUSE.search(text)
    return shorten(cause[1] if cause else "".join(text.splitlines()[-1:]), _LINE)
