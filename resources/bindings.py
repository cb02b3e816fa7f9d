"""Dagster's faces of the doors: what the Launchpad and the deployment page show and configure.

A face holds settings and opens the plain door that a dataset's options name; nothing else of
`resources` knows Dagster.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Literal

import dagster as dg
from pydantic import SecretStr

from resources.captioner import Captioner, open_captioner
from resources.cards import card
from resources.chat import Chat, open_chat
from resources.compute import Compute
from resources.encoder import open_encoder
from resources.encoding import Encoder
from resources.engine import Engine, open_engine
from resources.judge import open_judge
from resources.lexicon import Lexicon, open_lexicon
from resources.own_server import Vllm
from resources.serving import Serving
from resources.settings import Settings


class ComputeFace(dg.ConfigurableResource[object]):
    """Where and how models run; no stage names a device."""

    device: str = "auto"
    dtype: str = "auto"
    batch_size: int = 64
    trust_remote_code: bool = False

    def open(self) -> Compute:
        """Build the plain value."""
        return Compute.model_validate({name: getattr(self, name) for name in Compute.model_fields})

    def card(self) -> AbstractContextManager[None]:
        """Have the device to oneself, where it is no processor."""
        return card(self.open().resolve_device())


class Encoders(dg.ConfigurableResource[object]):
    """Opens encoders by name."""

    compute: ComputeFace

    def open(self, name: str) -> Encoder:
        """Open the encoder of this name."""
        return self.opening(name)()

    def opening(self, name: str) -> Callable[[], Encoder]:
        """Return what opens the encoder of this name, here or on another machine."""
        return partial(open_encoder, name, self.compute.open())


class EngineFace(dg.ConfigurableResource[object]):
    """Where row work runs: in the step's process, or on a Ray cluster."""

    compute: ComputeFace
    name: Literal["local", "ray"] = "local"
    ray_address: str | None = None
    ray_workers: int | None = None

    def open(self) -> Engine:
        """Open the engine."""
        return open_engine(
            self.name,
            address=self.ray_address,
            workers=self.ray_workers,
            device=self.compute.device,
        )

    def card(self) -> AbstractContextManager[None]:
        """Have this machine's device to oneself, unless others do the work."""
        return self.compute.card() if self.name == "local" else nullcontext()


class Lexicons(dg.ConfigurableResource[object]):
    """Opens the lexicon: NLTK where its data is found, else simplemma."""

    name: Literal["auto", "nltk", "simplemma"] = "auto"
    nltk_data: str | None = None
    download: bool = False

    def open(self) -> Lexicon:
        """Open the lexicon."""
        return open_lexicon(self.name, self.nltk_data, download=self.download)


class VllmFace(dg.ConfigurableResource[object]):
    """How a stage runs vLLM on this machine, for models named vllm:MODEL."""

    command: str = "vllm serve"
    arguments: str = ""
    memory: float = 0.9
    length: int = 8192
    dtype: str = "auto"


class ServingFace(dg.ConfigurableResource[object]):
    """How served models are reached."""

    vllm: VllmFace
    api_url: str | None = None
    api_key: str | None = None
    requests: int = 32

    def open(self) -> Serving:
        """Build the plain value."""
        return Serving(
            base_url=self.api_url,
            api_key=_secret(self.api_key),
            requests=self.requests,
            vllm=Vllm(
                command=self.vllm.command,
                arguments=self.vllm.arguments,
                memory=self.vllm.memory,
                length=self.vllm.length,
                dtype=self.vllm.dtype,
            ),
        )


class Captioners(dg.ConfigurableResource[object]):
    """Opens captioners by name."""

    serving: ServingFace

    def open(self, name: str, prompt: Literal["factual", "dense"]) -> Captioner:
        """Open the captioner of this name."""
        return open_captioner(name, prompt=prompt, serving=self.serving.open())


class Chats(dg.ConfigurableResource[object]):
    """Opens who names topics."""

    lexicons: Lexicons
    serving: ServingFace

    def open(self, name: str) -> Chat:
        """Open the chat of this name."""
        lexicon = self.lexicons.open()
        return open_chat(
            name,
            category_of=lexicon.category,
            categories=lexicon.producer,
            serving=self.serving.open(),
        )


class Judges(dg.ConfigurableResource[object]):
    """Opens who judges topics."""

    serving: ServingFace

    def open(self, name: str) -> Chat | None:
        """Open the judge of this name; None where nobody is to judge."""
        return open_judge(name, self.serving.open())


def bind(settings: Settings) -> dict[str, dg.ConfigurableResource[object]]:
    """Bind every configured door to these settings; a key stays an environment variable."""
    compute = ComputeFace(**{name: getattr(settings, name) for name in Compute.model_fields})
    lexicons = Lexicons(
        name=settings.lexicon, nltk_data=settings.nltk_data, download=settings.nltk_download
    )
    serving = ServingFace(
        vllm=VllmFace(
            command=settings.vllm_command,
            arguments=settings.vllm_args,
            memory=settings.vllm_memory,
            length=settings.vllm_length,
            dtype=settings.vllm_dtype,
        ),
        api_url=settings.api_url,
        api_key=dg.EnvVar("SAETM_API_KEY") if settings.api_key else None,
        requests=settings.requests,
    )
    return {
        "compute": compute,
        "encoders": Encoders(compute=compute),
        "engine": EngineFace(
            compute=compute,
            name=settings.engine,
            ray_address=settings.ray_address,
            ray_workers=settings.ray_workers,
        ),
        "lexicons": lexicons,
        "captioners": Captioners(serving=serving),
        "chats": Chats(lexicons=lexicons, serving=serving),
        "judges": Judges(serving=serving),
    }


def _secret(value: str | None) -> SecretStr | None:
    return None if value is None else SecretStr(value)
