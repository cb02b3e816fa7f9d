"""Autoencoders in the formats of their publishers give what the format's own formula gives."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from resources.dictionaries import open_dictionary
from saetm.errors import InputError
from saetm.sae.weights import Weights, to_safetensors
from saetm.tokens.encode import encode

F, H, K = 24, 6, 4


class Foreign:
    """Random weights whose decoder rows have any norm, and states to read."""

    def __init__(self, *, unit=False):
        draw = np.random.default_rng(0)
        self.W_enc = draw.normal(size=(H, F)).astype("f4")
        self.b_enc = draw.normal(size=F).astype("f4")
        self.W_dec = (draw.normal(size=(F, H)) * draw.uniform(0.5, 3, (F, 1))).astype("f4")
        if unit:
            self.W_dec /= np.linalg.norm(self.W_dec, axis=1, keepdims=True)
        self.b_dec = draw.normal(size=H).astype("f4")
        self.threshold = draw.uniform(-0.2, 2, F).astype("f4")
        self.states = draw.normal(size=(40, H)).astype("f4")

    def tensors(self, *names):
        return {name: torch.from_numpy(np.ascontiguousarray(getattr(self, name))) for name in names}

    def agrees(self, dictionary, activations):
        """Compare with activations (n, F) of the format's formula, before any rescaling."""
        ours = encode(self.states, dictionary).toarray()
        norms = np.linalg.norm(self.W_dec, axis=1) / np.linalg.norm(dictionary.decoder, axis=1)
        np.testing.assert_allclose(ours, activations * norms, atol=2e-5)
        rebuilt = ours @ dictionary.decoder + dictionary.decoder_bias
        np.testing.assert_allclose(rebuilt, activations @ self.W_dec + self.b_dec, atol=5e-5)
        assert 0 < np.count_nonzero(ours) < ours.size


def relu(values):
    return np.maximum(values, 0)


def largest(values, k=K):
    floor = np.sort(values, axis=1)[:, -k][:, None]
    return np.where(values >= floor, relu(values), 0)


def saelens(folder, arrays, **settings):
    """Write what `SAE.save_model` writes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cfg.json").write_text(json.dumps({"d_in": H, "d_sae": F, **settings}))
    save_file(arrays, folder / "sae_weights.safetensors")
    return f"saelens:{folder}"


WEIGHTS = ("W_enc", "b_enc", "W_dec", "b_dec")


@pytest.mark.parametrize("centred", [True, False])
def test_saelens_standard(tmp_path, centred):
    theirs = Foreign()
    name = saelens(
        tmp_path,
        theirs.tensors(*WEIGHTS),
        architecture="standard",
        apply_b_dec_to_input=centred,
        metadata={"hook_name": "blocks.8.hook_resid_pre", "model_name": "gpt2-small"},
    )

    found = open_dictionary(name)

    states = theirs.states - theirs.b_dec * centred
    theirs.agrees(found.dictionary, relu(states @ theirs.W_enc + theirs.b_enc))
    np.testing.assert_allclose(np.linalg.norm(found.dictionary.decoder, axis=1), 1, rtol=1e-6)
    assert (found.layer, found.model) == (7, "gpt2-small")
    assert found.origin.startswith(f"saelens {tmp_path}@")


def test_saelens_jumprelu(tmp_path):
    theirs = Foreign()
    name = saelens(tmp_path, theirs.tensors(*WEIGHTS, "threshold"), architecture="jumprelu")

    found = open_dictionary(name)

    pre = (theirs.states - theirs.b_dec) @ theirs.W_enc + theirs.b_enc
    theirs.agrees(found.dictionary, relu(pre) * (pre > theirs.threshold))
    assert found.layer is None


def test_saelens_topk_that_ranks_by_norm(tmp_path):
    theirs = Foreign()
    settings = {"architecture": "topk", "k": K, "rescale_acts_by_decoder_norm": True}
    name = saelens(tmp_path, theirs.tensors(*WEIGHTS), **settings)

    found = open_dictionary(name)

    norms = np.linalg.norm(theirs.W_dec, axis=1)
    pre = ((theirs.states - theirs.b_dec) @ theirs.W_enc + theirs.b_enc) * norms
    theirs.agrees(found.dictionary, largest(pre) / norms)


def test_saelens_topk_of_before_6_0(tmp_path):
    theirs = Foreign(unit=True)
    settings = {"activation_fn_str": "topk", "activation_fn_kwargs": {"k": K}}
    name = saelens(
        tmp_path, theirs.tensors(*WEIGHTS), hook_name="blocks.3.hook_resid_post", **settings
    )

    found = open_dictionary(name)

    pre = (theirs.states - theirs.b_dec) @ theirs.W_enc + theirs.b_enc
    theirs.agrees(found.dictionary, largest(pre))
    assert found.layer == 3


@pytest.mark.parametrize("ranked", [True, False])
def test_saelens_batchtopk_as_training_leaves_it(tmp_path, ranked):
    theirs = Foreign()
    arrays = theirs.tensors(*WEIGHTS) | {"topk_threshold": torch.tensor(1.5)}
    name = saelens(
        tmp_path, arrays, architecture="batchtopk", k=K, rescale_acts_by_decoder_norm=ranked
    )

    found = open_dictionary(name)

    norms = np.linalg.norm(theirs.W_dec, axis=1) if ranked else np.ones(F)
    pre = (theirs.states - theirs.b_dec) @ theirs.W_enc + theirs.b_enc
    theirs.agrees(found.dictionary, relu(pre) * (pre * norms > 1.5))


def sparsify(folder, theirs, dtype=torch.float32, **settings):
    """Write what `SparseCoder.save_to_disk` writes."""
    folder.mkdir(parents=True)
    (folder / "cfg.json").write_text(json.dumps({"d_in": H, "k": K, **settings}))
    arrays = theirs.tensors("W_dec", "b_dec")
    arrays["encoder.weight"] = torch.from_numpy(theirs.W_enc.T.copy())
    arrays["encoder.bias"] = torch.from_numpy(theirs.b_enc)
    save_file({name: each.to(dtype) for name, each in arrays.items()}, folder / "sae.safetensors")
    return f"sparsify:{folder}"


def test_sparsify(tmp_path):
    theirs = Foreign(unit=True)
    name = sparsify(tmp_path / "layers.5", theirs, activation="topk")

    found = open_dictionary(name)

    pre = relu((theirs.states - theirs.b_dec) @ theirs.W_enc + theirs.b_enc)
    theirs.agrees(found.dictionary, largest(pre))
    assert found.layer == 5


def test_sparsify_in_bfloat16(tmp_path):
    theirs = Foreign(unit=True)
    name = sparsify(tmp_path / "layers.5", theirs, dtype=torch.bfloat16)
    for part in ("W_enc", "b_enc", "W_dec", "b_dec"):
        setattr(theirs, part, torch.from_numpy(getattr(theirs, part)).bfloat16().float().numpy())

    found = open_dictionary(name)

    pre = relu((theirs.states - theirs.b_dec) @ theirs.W_enc + theirs.b_enc)
    theirs.agrees(found.dictionary, largest(pre))


@pytest.mark.parametrize("suffix", ["", "/params.npz"])
def test_gemma_scope(tmp_path, suffix):
    theirs = Foreign()
    folder = tmp_path / "layer_10" / "width_16k" / "average_l0_77"
    folder.mkdir(parents=True)
    names = (*WEIGHTS, "threshold")
    np.savez(folder / "params.npz", **{name: getattr(theirs, name) for name in names})

    found = open_dictionary(f"gemma_scope:{folder}{suffix}")

    pre = theirs.states @ theirs.W_enc + theirs.b_enc
    theirs.agrees(found.dictionary, relu(pre) * (pre > theirs.threshold))
    assert found.layer == 10


def test_our_own(tmp_path):
    theirs = Foreign(unit=True)
    weights = Weights(
        theirs.W_enc.T.copy(), theirs.b_enc, theirs.W_dec, theirs.b_dec, 0.5, "batch_topk", K
    )
    (tmp_path / "own.safetensors").write_bytes(to_safetensors(weights))

    found = open_dictionary(f"file:{tmp_path / 'own.safetensors'}")

    pre = (theirs.states - theirs.b_dec) @ theirs.W_enc + theirs.b_enc
    theirs.agrees(found.dictionary, relu(pre) * (pre > 0.5))
    assert found.origin == f"file own.safetensors@{weights.sae_id}"


def test_descriptions_that_lie_beside_it(tmp_path):
    """Exports of Neuronpedia, without control signs; what is no description is refused."""
    name = saelens(tmp_path, Foreign().tensors(*WEIGHTS))
    assert not open_dictionary(name).descriptions
    (tmp_path / "explanations").mkdir()
    lines = [{"index": "3", "description": "rain\x1b[2J"}, {"index": 3, "description": "later"}]
    with gzip.open(tmp_path / "explanations" / "batch-0.jsonl.gz", "wt") as file:
        file.write("\n".join(map(json.dumps, lines)))

    assert open_dictionary(name).descriptions == {3: "rain[2J"}

    (tmp_path / "explanations.jsonl").write_text("[]\n")
    assert "holds no lines with index and description" in refused(name)


def test_a_release_of_saelens_by_name(tmp_path, monkeypatch):
    """Where sae-lens is installed, its list says which repository a release is in."""
    (tmp_path / "sae_lens").mkdir()
    (tmp_path / "sae_lens" / "__init__.py").write_text("raise ImportError")
    (tmp_path / "sae_lens" / "pretrained_saes.yaml").write_text(
        "a-release:\n  conversion_func: unheard_of\n  repo_id: x/y\n  saes: [{id: one, path: p}]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(InputError, match="has no 'two'"):
        open_dictionary("saelens:a-release/two")
    with pytest.raises(InputError, match="stored in a format not read here"):
        open_dictionary("saelens:a-release/one")


def refused(write):
    """Return the sentence that an autoencoder is refused with."""
    with pytest.raises(InputError) as caught:
        open_dictionary(write)
    sentence = str(caught.value)
    assert sentence.startswith("The autoencoder ")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"architecture": "gated"}, "architecture is 'gated'"),
        ({"architecture": "standard", "normalize_activations": "layer_norm"}, "normalises states"),
        ({"architecture": "standard", "hook_name": "blocks.1.attn.hook_z"}, "heads of attention"),
        ({"architecture": "standard", "hook_name": "blocks.1.hook_mlp_out"}, "outputs of blocks"),
        ({"architecture": "topk", "k": K}, "before the norms of decoder rows"),
        ({"architecture": "jumprelu"}, "weights lack 'threshold'"),
    ],
)
def test_what_saelens_computes_otherwise_is_refused(tmp_path, settings, reason):
    assert reason in refused(saelens(tmp_path, Foreign().tensors(*WEIGHTS), **settings))


def test_what_is_broken_is_refused(tmp_path):
    theirs = Foreign()
    theirs.b_enc = theirs.b_enc[:-1]
    assert "does not fit" in refused(saelens(tmp_path, theirs.tensors(*WEIGHTS)))
    (tmp_path / "sae_weights.safetensors").write_bytes(b"no tensors")
    assert "holds no safetensors" in refused(f"saelens:{tmp_path}")
    (tmp_path / "cfg.json").write_text("{")
    assert "holds no JSON" in refused(f"saelens:{tmp_path}")
    assert "no 'cfg.json'" in refused(f"sparsify:{tmp_path.parent}")
    assert "there is no such file" in refused(f"file:{tmp_path / 'none'}")
    assert "no OWNER/REPOSITORY/FOLDER" in refused("sparsify:nothing")
    assert "train" in refused("unheard:of")
    assert "only autoencoders" in refused(sparsify(tmp_path / "a", Foreign(), transcode=True))
    assert "reads 'layers.1.mlp'" in refused(
        sparsify(tmp_path / "layers.1.mlp", Foreign(unit=True))
    )


def test_nothing_pickled_is_read(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "ran",)

    np.savez(tmp_path / "params.npz", W_enc=np.array([Trap()], dtype=object))

    assert "holds no arrays" in refused(f"gemma_scope:{tmp_path}")
    assert not (tmp_path / "ran").exists()
