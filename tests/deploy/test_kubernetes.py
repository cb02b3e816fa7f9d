"""Manifests, and the pods that runs become, held against the schemas of Kubernetes.

.venv/bin/pip install -c constraints.txt -e ".[kubernetes]" kubernetes-validate
.venv/bin/python -m pytest -m slow tests/deploy/test_kubernetes.py
"""

import pytest
import yaml

from tests.deploy.charts import snake, values
from tests.line.homes import ROOT

pytestmark = pytest.mark.slow

MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
CARD = {"nvidia.com/gpu": "1"}
VARIANTS = {
    "cpu": ("values.yaml",),
    "gpu": ("values.yaml", "values-gpu.yaml"),
    "ray": ("values.yaml", "values-ray.yaml"),
}


@pytest.fixture
def validate():
    """Refuse what Kubernetes does not know, in any place of a manifest."""
    validator = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is missing")
    newest = validator.latest_version()
    return lambda manifest: validator.validate(manifest, newest, strict=True)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_a_manifest_has_the_form_of_its_kind(path, validate):
    manifests = list(yaml.safe_load_all(path.read_text()))

    assert manifests
    for manifest in manifests:
        validate(manifest)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_run_becomes_a_pod_that_kubernetes_accepts(variant, validate):
    pod = pod_of(values(*VARIANTS[variant]), validate)
    (container,) = pod["containers"]
    sources = [next(iter(source.values()))["name"] for source in container["envFrom"]]

    assert sorted(sources) == ["saetm-secrets", "saetm-settings"]
    assert pod["securityContext"]["runAsUser"] == 10001
    assert container["volumeMounts"][-1]["mountPath"] == "/var/lib/saetm"
    assert (container["resources"]["limits"].items() >= CARD.items()) == (variant == "gpu")
    assert bool(pod.get("nodeSelector")) == (variant == "gpu")
    environment = {each["name"]: each.get("value") for each in container["env"]}
    assert environment.get("SAETM_ENGINE") == ("ray" if variant == "ray" else None)
    assert (
        container["image"] == {"cpu": "saetm:cpu", "gpu": "saetm:cuda", "ray": "saetm:ray"}[variant]
    )


def test_a_wrong_key_would_be_found(validate):
    launched = values("values.yaml")
    launched["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]["podSpecConfig"] = {
        "nodeSelecter": {}
    }

    with pytest.raises(Exception, match="nodeSelecter"):
        pod_of(launched, validate)


def pod_of(chart, validate):
    """Return the pod that the launcher of the chart makes of a run, and hold it against its schema.

    What the chart hands on of the code server's deployment is handed on here too.
    """
    pytest.importorskip("dagster_k8s", reason="the extra kubernetes is missing")
    import kubernetes
    from dagster_k8s.container_context import K8sContainerContext
    from dagster_k8s.job import DagsterK8sJobConfig, construct_dagster_k8s_job

    launcher = chart["runLauncher"]["config"]["k8sRunLauncher"]
    (code,) = chart["dagster-user-deployments"]["deployments"]
    handed_on = {
        "env_config_maps": [each["name"] for each in code["envConfigMaps"]],
        "env_secrets": [each["name"] for each in code["envSecrets"]],
        "volumes": code["volumes"],
        "volume_mounts": code["volumeMounts"],
        "security_context": code["securityContext"],
        "image_pull_policy": code["image"]["pullPolicy"],
    }
    own = {"run_k8s_config": keys_of_parts(launcher["runK8sConfig"])}
    context = K8sContainerContext.create_from_config({"k8s": own}).merge(
        K8sContainerContext.create_from_config({"k8s": handed_on})
    )
    job = construct_dagster_k8s_job(
        DagsterK8sJobConfig(
            job_image="{repository}:{tag}".format(**code["image"]),
            dagster_home=chart["global"]["dagsterHome"],
            instance_config_map="dagster-instance",
            postgres_password_secret=chart["global"]["postgresqlSecretName"],
        ),
        args=["dagster", "api", "execute_run"],
        job_name="dagster-run-1",
        user_defined_k8s_config=context.run_k8s_config,
    )
    manifest = kubernetes.client.ApiClient().sanitize_for_serialization(job)
    validate(manifest)
    return manifest["spec"]["template"]["spec"]


def keys_of_parts(config):
    """Return the chart's parts of a pod under Dagster's names; what they hold is Kubernetes'."""
    return {next(iter(snake({part: None}))): held for part, held in config.items()}
