"""Un contexto se entiende venga de uno o de varios archivos, y la credencial, de donde venga."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab_tools.drivers.kubeconfig import credentials, merged
from lab_tools.errors import ClusterError, ProcessError


def write(path: Path, **sections: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **sections}), encoding="utf-8")
    return path


def test_several_files_are_one_and_each_path_is_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = write(tmp_path / "a" / "uno", contexts=[{"name": "c", "context": {"cluster": "k", "user": "u"}}])
    cluster = {"server": "https://escuela", "certificate-authority": "ca.pem"}
    two = write(
        tmp_path / "b" / "dos",
        clusters=[{"name": "k", "cluster": cluster}],
        users=[{"name": "u", "user": {"token": "t"}}],
        **{"current-context": "c"},
    )
    monkeypatch.setenv("KUBECONFIG", f"{one}:{two}")
    found = merged.single(namespace="ana")
    assert found["clusters"][0]["cluster"]["certificate-authority"] == str(tmp_path / "b" / "ca.pem")
    assert found["contexts"][0]["context"]["namespace"] == "ana"


def test_a_context_that_is_not_there_says_which_are(tmp_path: Path) -> None:
    path = write(tmp_path / "k", contexts=[{"name": "escuela", "context": {"cluster": "k"}}])
    with pytest.raises(ClusterError, match=r"no hay «nube»[\s\S]*escuela"):
        merged.single("nube", str(path))


def plugin(tmp_path: Path, said: str, code: int = 0) -> dict[str, Any]:
    program = tmp_path / "da-credencial.py"
    program.write_text(f"import os, sys\nassert 'ExecCredential' in os.environ['KUBERNETES_EXEC_INFO']\n"
                       f"print({said!r})\nsys.exit({code})\n", encoding="utf-8")  # fmt: skip
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": [str(program)],
                     "installHint": "Instala el programa de tu nube."}}  # fmt: skip


def test_a_program_of_the_cloud_gives_the_credential(tmp_path: Path) -> None:
    said = json.dumps({"kind": "ExecCredential", "status": {"token": "de-la-nube"}})
    found = credentials.of(plugin(tmp_path, said), "https://nube")
    assert (found.token, found.renewable) == ("de-la-nube", True)


def test_a_program_that_fails_or_says_nonsense_is_told_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="Instala el programa de tu nube"):
        credentials.of(plugin(tmp_path, "", 1), "https://nube")
    with pytest.raises(ClusterError, match="no contestó con una credencial"):
        credentials.of(plugin(tmp_path, "hola"), "https://nube")


@pytest.mark.parametrize(("user", "said"), [
    ({"auth-provider": {"name": "gcp"}}, "auth-provider"),
    ({"username": "ana", "password": "x"}, "nombre y contraseña"),
    ({"client-certificate-data": "no es base64"}, "no es base64"),
    ({"tokenFile": "no-esta"}, "no-esta"),
])  # fmt: skip
def test_what_cannot_be_used_is_said(user: dict[str, Any], said: str) -> None:
    with pytest.raises(ClusterError, match=said):
        credentials.of(user, "https://escuela")


def test_a_server_that_is_not_checked_is_not_used() -> None:
    with pytest.raises(ClusterError, match="no comprobar con quién se habla"):
        credentials.authority({"insecure-skip-tls-verify": True})
    pem = "-----BEGIN CERTIFICATE-----"
    assert credentials.authority({"certificate-authority-data": base64.b64encode(pem.encode()).decode()}) == pem
