"""How steps are executed where every one of them has a pod."""

import importlib.util

import pytest

from resources.settings import Settings
from saetm.errors import InputError
from saetm_assets.definitions import STAGES
from saetm_assets.executors import build_executor

HAS_KUBERNETES = importlib.util.find_spec("dagster_k8s") is not None
ON_A_CARD = {
    *("embeddings", "token_autoencoder", "feature_counts", "sae_checkpoints", "activations"),
    *("emission_matrix", "word_vectors"),
}


@pytest.mark.skipif(not HAS_KUBERNETES, reason="the extra `kubernetes` is not installed")
@pytest.mark.parametrize(("device", "stages"), [("auto", ON_A_CARD), ("cpu", set())])
def test_only_steps_that_use_a_card_ask_the_cluster_for_one(tmp_path, device, stages):
    settings = Settings(home=tmp_path, executor="kubernetes", device=device)

    config = build_executor(settings, STAGES).apply_config_mapping({"config": {}}).value["config"]

    asked = config["per_step_k8s_config"]
    assert set(asked) == stages
    for each in asked.values():
        assert each["container_config"]["resources"]["limits"] == {"nvidia.com/gpu": "1"}


@pytest.mark.skipif(HAS_KUBERNETES, reason="the extra `kubernetes` is installed")
def test_pods_without_their_package_name_the_extra(tmp_path):
    with pytest.raises(InputError, match=r'pip install "saetm\[kubernetes\]"'):
        build_executor(Settings(home=tmp_path, executor="kubernetes"), STAGES)


def test_whoever_asks_a_served_model_waits_for_no_card():
    pools = {stage.op.name: stage.op.pool for stage in STAGES}

    assert {name for name in pools if pools[name] == "gpu"} == ON_A_CARD
    asking = {name for name in pools if pools[name] == "models"}
    assert asking == {"captions", "feature_descriptions", "topic_summaries", "scores"}
