"""Which model servers there are: those that somebody runs, and vLLM run by a stage itself."""

from pathlib import Path

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    ValidationError,
)

from resources.model_server import ModelServer
from resources.own_server import OwnServer, Vllm
from saetm.errors import InputError

FORMS = "'openai:MODEL' or 'vllm:MODEL'"  # names of models that a server answers for

_ADDRESS = TypeAdapter(HttpUrl)


class Serving(BaseModel):
    """How served models are reached from this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = Field(default=None, description="address of a server's API, with /v1")
    api_key: SecretStr | None = Field(default=None, description="its key, where it wants one")
    requests: int = Field(default=32, gt=0, description="requests under way at once")
    vllm: Vllm = Vllm()


def open_server(name: str, serving: Serving) -> ModelServer | None:
    """Open the server of a model by its name.

    Args:
        name: "openai:MODEL" with the name under which the model is served, or "vllm:MODEL" with a
            name on the hub, "MODEL@REVISION", or a folder.
        serving: how it is reached.

    Returns:
        The server, which is not asked for anything yet; None where the name is of another form.

    Raises:
        InputError: the address is missing, or none.
    """
    technology, _, model = name.partition(":")
    if technology not in {"openai", "vllm"} or not model or model.startswith("-"):
        return None  # a dash would be an argument of vLLM's
    if technology == "vllm":
        model, revision = _at_revision(model)
        return OwnServer(
            model=model, revision=revision, concurrency=serving.requests, vllm=serving.vllm
        )
    if not serving.base_url:
        raise InputError(f"{name!r} needs the address of its server: set SAETM_API_URL")
    if not _is_address(serving.base_url):
        raise InputError("SAETM_API_URL is not an address such as http://localhost:8000/v1")
    return ModelServer(
        base_url=serving.base_url,
        model=model,
        api_key=serving.api_key,
        concurrency=serving.requests,
    )


def _is_address(text: str) -> bool:
    try:
        _ADDRESS.validate_python(text)
    except ValidationError:
        return False
    return True


def _at_revision(model: str) -> tuple[str, str | None]:
    name, mark, revision = model.rpartition("@")
    if not (mark and name and revision) or Path(model).exists():
        return model, None
    return name, revision
