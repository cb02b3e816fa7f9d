import pytest
import torch
from pydantic import ValidationError

from resources.compute import Compute
from saetm.errors import InputError

needs_no_accelerator = pytest.mark.skipif(
    torch.accelerator.is_available(), reason="this machine has an accelerator"
)


@needs_no_accelerator
def test_without_an_accelerator_auto_is_the_processor_in_float32():
    assert Compute().resolve_device() == "cpu"
    assert Compute().resolve_dtype(on_accelerator="bfloat16") == torch.float32


@needs_no_accelerator
@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps", "xpu"])
def test_a_device_that_is_not_there_is_refused(device):
    with pytest.raises(InputError, match=f"{device!r} is not present"):
        Compute(device=device).resolve_device()


@pytest.mark.gpu
def test_with_an_accelerator_auto_takes_it_and_the_doors_number_type():
    assert torch.empty(1, device=Compute().resolve_device()).device.type != "cpu"
    assert Compute().resolve_dtype(on_accelerator="bfloat16") == torch.bfloat16
    with pytest.raises(InputError, match="'cuda:99' is not present"):
        Compute(device="cuda:99").resolve_device()


def test_what_is_asked_for_is_what_is_taken():
    asked = Compute(device="cpu", dtype="bfloat16")

    assert asked.resolve_device() == "cpu"
    assert asked.resolve_dtype() == torch.bfloat16


@pytest.mark.parametrize(
    "options", [{"device": "gpu"}, {"dtype": "int8"}, {"batch_size": 0}, {"threads": 2}]
)
def test_a_setting_that_makes_no_sense_is_refused(options):
    with pytest.raises(ValidationError):
        Compute(**options)
