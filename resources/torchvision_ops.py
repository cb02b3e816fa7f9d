"""Makes torchvision importable beside a torch that cannot load its compiled operators."""

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.library import Library

_SCHEMA = "{}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@lru_cache(maxsize=1)
def declare_missing_operators() -> "Library | None":
    """Declare the operators that torchvision describes while it is imported, if they are absent.

    torchvision's wheel on PyPI is built for CUDA; beside a CPU build of torch its library does
    not load and the import ends with "operator torchvision::nms does not exist". Names without
    a body are enough: encoders of images and texts call none of them. To be called before
    anything imports torchvision, which transformers does where it is installed.

    Returns:
        What holds the names as long as the process lives; None where torchvision is not
        installed or its own operators load.
    """
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return None
    import torch

    for library in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call] # torch's own
        except OSError:
            continue
        return None
    names = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call] # torch's own
    for name in ("nms", "qnms"):
        names.define(_SCHEMA.format(name))  # type: ignore[no-untyped-call] # torch's own
    return names
