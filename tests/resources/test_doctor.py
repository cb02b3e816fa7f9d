"""What the doctor finds on a whole machine, and on one with something broken."""

import pytest

from resources.doctor import Finding, examine
from resources.settings import Settings
from tests.resources.openai_server import KEY, MODEL, openai_server


def found(**given) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(Settings(**given))}


def test_a_machine_with_nothing_but_the_package_can_run_the_defaults(tmp_path):
    findings = found(home=tmp_path, lexicon="simplemma")

    assert not [each for each in findings.values() if each.state == "broken"]
    assert findings["embedded encoder"].said.startswith("minilm@")
    assert findings["lexicon"].said.startswith("simplemma")
    assert str(tmp_path) in findings["machine"].said
    assert all(each.advice for each in findings.values() if each.state != "ok")


def test_a_server_is_asked_what_it_serves(tmp_path):
    with openai_server() as server:
        there = found(home=tmp_path, api_url=server.url, api_key=KEY)["model server"]

    assert (there.state, there.said) == ("ok", f"serves {MODEL}")
    assert KEY not in str(there)


@pytest.mark.parametrize(
    ("wrong", "subject"),
    [
        ({"api_url": "http://127.0.0.1:9/v1"}, "model server"),
        ({"device": "cuda:31"}, "device"),
        ({"inbox": "s3://nowhere.invalid/inbox?x"}, "inbox"),
    ],
)
def test_what_is_broken_is_said_with_what_to_do(tmp_path, wrong, subject):
    finding = found(home=tmp_path, **wrong)[subject]

    assert finding.state == "broken"
    assert finding.said
    assert finding.advice


def test_presets_say_what_this_machine_lacks_for_them(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

    paper = found(home=tmp_path)["preset paper"]

    assert paper.state == "missing"
    assert "microsoft/phi-4" in paper.advice


def test_vllm_is_looked_for_where_the_settings_say_that_it_lies(tmp_path):
    own = tmp_path / "env" / "vllm"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)

    absent = found(home=tmp_path, vllm_command="no-such-vllm serve")
    there = found(home=tmp_path, vllm_command=f"{own} serve")

    assert (absent["vllm"].state, there["vllm"].state) == ("missing", "ok")
    assert "saetm[vllm]" in absent["preset paper"].advice
    assert "saetm[vllm]" not in there["preset paper"].advice
