"""Where a transformer keeps its blocks, whatever its family calls them."""

from typing import TYPE_CHECKING

from saetm.errors import InputError

if TYPE_CHECKING:
    from torch.nn import Module


def blocks_path(model: "Module", count: int) -> str:
    """Find the one list of a model's transformer blocks.

    It is the outermost list of modules that is as long as the model has hidden layers:
    `encoder.layer` of BERT, `layers` of Llama and Gemma, `h` of GPT-2. Lists within its blocks,
    such as those of experts, are none.

    Args:
        model: any model of the transformers library, with a head or without; its weights may lie
            on the meta device.
        count: hidden layers, as the model's configuration says.

    Returns:
        Path of the list for `model.get_submodule`.

    Raises:
        InputError: there is no such list, or there are several (of an encoder and a decoder).
    """
    from torch.nn import ModuleList

    long = [
        path
        for path, module in model.named_modules()
        if isinstance(module, ModuleList) and len(module) == count
    ]
    outer = [path for path in long if not any(path.startswith(f"{other}.") for other in long)]
    if len(outer) != 1:
        found = ", ".join(outer) or "none"
        raise InputError(
            f"The model {type(model).__name__} has no single list of {count} transformer blocks "
            f"(found: {found}): take a causal or an encoder model."
        )
    return outer[0]


def block_path(model: "Module", count: int, layer: int | None) -> str:
    """Return the path of a block, whose output is the residual stream after it.

    Args:
        model: as for `blocks_path`.
        count: as for `blocks_path`.
        layer: from 0; None for the middle one.

    Raises:
        InputError: there is no such block, or no list of blocks.
    """
    return f"{blocks_path(model, count)}.{find_layer(count, layer)}"


def find_layer(count: int, layer: int | None) -> int:
    """Return the number of a block from 0, the middle one for None.

    Raises:
        InputError: there is no such block.
    """
    wanted = count // 2 if layer is None else layer
    if not 0 <= wanted < count:
        raise InputError(
            f"The model has no layer {layer}: its {count} layers are 0 to {count - 1}."
        )
    return wanted
