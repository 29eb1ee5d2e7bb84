"""Lo que se pide llega a kind con sus palabras."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from lab_tools.drivers.base import RealOptions, Request
from lab_tools.drivers.kind import KindDriver, config, images, record
from lab_tools.errors import ClusterError, UsageError

from .conftest import Machine


def test_without_asking_for_anything_there_is_one_node_with_the_image_of_kind() -> None:
    assert config.config("aula", RealOptions()) == {
        "kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "name": "aula", "nodes": [{"role": "control-plane"}],
    }  # fmt: skip


def test_every_node_has_the_image_and_the_mounts_and_only_control_plane_the_ports(tmp_path: Path) -> None:
    options = RealOptions(workers=2, http_port=8080, https_port=8443, mounts=((str(tmp_path), "/datos"),))
    control, *workers = config.config("aula", options, "kindest/node:v1")["nodes"]
    assert control["labels"] == {"ingress-ready": "true"}
    assert [(port["containerPort"], port["hostPort"]) for port in control["extraPortMappings"]] == [
        (80, 8080), (443, 8443),
    ]  # fmt: skip
    assert [node["role"] for node in workers] == ["worker", "worker"]
    for node in (control, *workers):
        assert node["image"] == "kindest/node:v1"
        assert node["extraMounts"] == [{"hostPath": str(tmp_path), "containerPath": "/datos"}]
    assert all("extraPortMappings" not in node for node in workers)


def test_without_cni_kind_is_told_to_leave_the_network_alone() -> None:
    assert config.config("aula", RealOptions(cni=False))["networking"] == {"disableDefaultCNI": True}


def test_mirrors_are_a_folder_that_every_containerd_reads(machine: Machine) -> None:
    machine.nodes(True, True)
    mirrors = (("docker.io", "http://10.0.0.1:5000"), ("registry.k8s.io", "http://10.0.0.1:5001"))
    KindDriver().create(Request("aula", real=RealOptions(workers=1, mirrors=mirrors)))
    written = json.loads((record.folder("aula") / record.CONFIG).read_text())
    [mount] = written["nodes"][1]["extraMounts"]
    assert (mount["containerPath"], mount["readOnly"]) == ("/etc/containerd/certs.d", True)
    hosts = tomllib.loads((Path(mount["hostPath"]) / "docker.io" / "hosts.toml").read_text())
    assert hosts["server"] == "https://registry-1.docker.io"
    assert hosts["host"]["http://10.0.0.1:5000"]["capabilities"] == ["pull", "resolve"]
    patches = [tomllib.loads(patch) for patch in written["containerdConfigPatches"]]
    assert [patch["version"] for patch in patches] == [2, 3]
    for patch in patches:
        [plugin] = patch["plugins"].values()
        assert plugin["registry"]["config_path"] == "/etc/containerd/certs.d"


@pytest.mark.parametrize("mirror", [("docker.io", "10.0.0.1:5000"), ("../x", "http://a"), ("docker.io", 'http://a"b')])
def test_a_mirror_that_is_not_one_is_refused(mirror: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="no es un espejo"):
        config.check(RealOptions(mirrors=(mirror,)))


def test_a_version_is_the_image_published_for_that_kind() -> None:
    short = images.node_image("1.36", "0.33.0")
    assert short is not None
    assert (short, short.warning) == (images.node_image("v1.36.4", "0.33.0"), "")
    assert short.name.startswith("kindest/node:v1.36.4@sha256:")
    assert images.node_image("", "0.33.0") is None


def test_a_version_that_was_not_published_goes_by_its_tag_and_says_so() -> None:
    found = images.node_image("1.36.2", "0.33.0")
    assert found is not None
    assert (found.name, "sin resumen" in found.warning) == ("kindest/node:v1.36.2", True)


@pytest.mark.parametrize(
    ("asked", "said"), [("1.12", "1.37.0"), ("uno", "no es una versión"), ("1.3", "Kubernetes 1.3 ")]
)
def test_a_version_that_cannot_be_is_refused(asked: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        images.node_image(asked, "0.33.0")
    assert said in str(caught.value)


def test_every_pinned_digest_is_a_whole_sha256_and_of_one_image() -> None:
    digests = [digest for table in images.PINNED.values() for digest in table.values()]
    assert all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in digests)
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(("said", "version"), [("kind v0.33.0 go1.26.0 linux/amd64", "0.33.0"),
                                               ("kind v0.31.0-alpha+abc go1.25 darwin/arm64", "0.31.0")])  # fmt: skip
def test_the_version_of_kind_is_read(said: str, version: str) -> None:
    assert images.check_kind(said) == version


def test_something_that_is_not_kind_is_refused() -> None:
    with pytest.raises(ClusterError, match="no se entiende"):
        images.check_kind("hola")
