"""El JupyterHub de una clase: lo que entiende su chart, lo que admite un clúster y lo que separa a cada cual."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from grading.classroom import hub
from lab_tools.cli.root import run
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects.manifest import loads

# Las claves que usamos, como las documenta el chart: https://z2jh.jupyter.org/en/stable/resources/reference.html
# Un tipo es lo que admite; un mapa vacío, lo que el chart pasa tal cual.
DOCUMENTED: dict[str, Any] = {
    "hub": {"config": {}, "extraConfig": {}, "networkPolicy": {"enabled": bool}},
    "proxy": {"service": {"type": str}, "chp": {"networkPolicy": {"enabled": bool}}},
    "ingress": {"enabled": bool, "hosts": list, "tls": list},
    "singleuser": {
        "image": {"name": str, "tag": str, "pullPolicy": str},
        "defaultUrl": str,
        "cpu": {"guarantee": (int, float), "limit": (int, float)},
        "memory": {"guarantee": str, "limit": str},
        "uid": int,
        "fsGid": int,
        "allowPrivilegeEscalation": bool,
        "cloudMetadata": {"blockWithIptables": bool},
        "networkPolicy": {
            "enabled": bool,
            "egressAllowRules": {
                "cloudMetadataServer": bool, "dnsPortsCloudMetadataServer": bool, "dnsPortsKubeSystemNamespace": bool,
                "dnsPortsPrivateIPs": bool, "nonPrivateIPs": bool, "privateIPs": bool,
            },
        },
        "initContainers": list,
        "extraFiles": {"nbgrader": {"mountPath": str, "stringData": str, "mode": int}},
        "storage": {"capacity": str, "extraVolumes": list, "extraVolumeMounts": list},
    },
    "scheduling": {"userScheduler": {"enabled": bool}, "podPriority": {"enabled": bool}},
    "prePuller": {"hook": {"enabled": bool}, "continuous": {"enabled": bool}},
    "cull": {"enabled": bool, "timeout": int, "every": int, "maxAge": int},
}  # fmt: skip


def values() -> dict[str, Any]:
    return hub.values(["ana", "luis"], ["profesora"], "registro.example:5000/orquesta:1.2", "hub.example.org")


def undocumented(found: Any, shape: Any, at: str = "") -> list[str]:
    """Lo que el chart no entendería."""
    if isinstance(shape, dict):
        if not isinstance(found, dict):
            return [at]
        if not shape:
            return []
        known = [key for key in found if key in shape]
        deeper = [one for key in known for one in undocumented(found[key], shape[key], f"{at}.{key}")]
        return [f"{at}.{key}" for key in found if key not in shape] + deeper
    return [] if isinstance(found, shape) else [at]


def test_the_chart_understands_every_value() -> None:
    assert undocumented(values(), DOCUMENTED) == []
    assert undocumented({**values(), "singeluser": {}}, DOCUMENTED) == [".singeluser"]


def test_what_goes_before_is_admitted_by_a_cluster() -> None:
    client = Client(InProcessConnection(EmbeddedCluster(1)))
    made = client.apply(hub.manifests(500))
    assert [one["kind"] for one in made] == ["Namespace", "ResourceQuota", "LimitRange", "PersistentVolumeClaim"]
    assert made[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    assert int(made[1]["spec"]["hard"]["pods"]) > 500


def test_each_student_sees_what_is_published_and_only_their_own_inbox() -> None:
    found = values()["singleuser"]["storage"]["extraVolumeMounts"]
    mounts = {one["mountPath"].rpartition("/")[2]: one for one in found}
    assert mounts["outbound"]["readOnly"] and mounts["feedback"]["readOnly"]
    assert mounts["inbound"]["subPath"] == "orquesta/inbound/{username}"
    assert mounts["feedback"]["subPath"] == "orquesta/feedback/{username}"
    assert all(one["subPath"] for one in mounts.values())


def test_the_boxes_are_made_before_the_server_starts_and_belong_to_it() -> None:
    (maker,) = values()["singleuser"]["initContainers"]
    assert "/todo/orquesta/inbound/{username}" in maker["command"]
    assert maker["command"][:6] == ["install", "-d", "-o", "1000", "-g", "100"]


def test_a_server_reaches_nothing_but_the_hub_and_the_dns() -> None:
    rules = values()["singleuser"]["networkPolicy"]["egressAllowRules"]
    assert {name for name, allowed in rules.items() if allowed} == {
        "dnsPortsCloudMetadataServer", "dnsPortsKubeSystemNamespace"}  # fmt: skip


@pytest.mark.parametrize("admin", [True, False])
def test_who_teaches_sees_the_whole_exchange_and_nobody_else(admin: bool) -> None:
    config = SimpleNamespace(KubeSpawner=SimpleNamespace())
    exec(values()["hub"]["extraConfig"]["intercambio"], {"c": config})
    mine = values()["singleuser"]["storage"]["extraVolumeMounts"]
    spawner = SimpleNamespace(user=SimpleNamespace(admin=admin), volume_mounts=[*mine, {"name": "home"}])
    config.KubeSpawner.pre_spawn_hook(spawner)
    whole = {"name": "intercambio", "mountPath": hub.EXCHANGE}
    assert (whole in spawner.volume_mounts) is admin
    assert {"name": "home"} in spawner.volume_mounts
    assert (mine[0] in spawner.volume_mounts) is not admin


def test_the_command_writes_files_that_can_be_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster = tmp_path / "lista.csv"
    roster.write_text("id\nana\nluis\n", encoding="utf-8")
    words = [
        "class",
        "hub",
        str(roster),
        "--teacher",
        "profesora",
        "--host",
        "hub.example.org",
        "--to",
        str(tmp_path / "hub"),
    ]
    assert run([*words, "--image", "orquesta"]) == 2
    assert "no dice su versión" in capsys.readouterr().err
    assert run([*words, "--image", "registro.example:5000/orquesta:1.2"]) == 0
    assert "helm upgrade --install" in capsys.readouterr().out
    assert yaml.safe_load((tmp_path / "hub" / hub.VALUES).read_text(encoding="utf-8")) == values()
    assert len(loads((tmp_path / "hub" / hub.MANIFESTS).read_text(encoding="utf-8"), "n")) == 4
    lines = (tmp_path / "hub" / hub.DOCKERFILE).read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith("ARG BASE=") and not lines[1].endswith("latest")
