"""De un kubeconfig a una credencial con la que llamar: tokens, certificados y los programas que los piden.

Las nubes (EKS, AKS, GKE) no escriben la credencial en el kubeconfig: escriben qué programa la da. Su contrato es
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_tools import files, process
from lab_tools.errors import ClusterError, ProcessError

_EXEC_SECONDS = 120.0
_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


@dataclass(frozen=True)
class Credentials:
    """Con qué se llama: un `token` o un par (certificado, clave) en PEM. `renewable`: otro programa puede dar otro."""

    token: str = ""
    certificate: str = ""
    key: str = ""
    renewable: bool = False


def authority(cluster: Mapping[str, Any]) -> str:
    """El certificado de la autoridad en PEM, o "" si valen las del sistema. Lanza ClusterError."""
    if cluster.get("insecure-skip-tls-verify"):
        raise ClusterError(
            "Ese contexto pide no comprobar con quién se habla (insecure-skip-tls-verify), y así no se entra.",
            "Pide el certificado de la autoridad del clúster y ponlo en certificate-authority.",
        )
    return _pem(cluster, "certificate-authority")


def of(user: Mapping[str, Any], server: str) -> Credentials:
    """La credencial que describe un usuario de kubeconfig. Lanza ClusterError si no es de las que se saben usar."""
    if "exec" in user:
        return _asked(user["exec"], server)
    if "auth-provider" in user:
        raise ClusterError(
            "Ese usuario usa «auth-provider», que kubectl retiró en la versión 1.26.",
            "Vuelve a pedir el kubeconfig a tu proveedor: el de ahora usa «exec».",
        )
    if user.get("username"):
        raise ClusterError(
            "Ese usuario entra con nombre y contraseña, y Kubernetes ya no los admite.",
            "Pide un token o un certificado.",
        )
    token = str(user.get("token") or "")
    if user.get("tokenFile"):
        token = _read(Path(str(user["tokenFile"]))).strip()
    return Credentials(
        token, _pem(user, "client-certificate"), _pem(user, "client-key"), renewable=bool(user.get("tokenFile"))
    )


def _asked(how: Mapping[str, Any], server: str) -> Credentials:
    """La que da un programa. Su salida es un ExecCredential; lo que escriba por stderr se enseña si falla."""
    version = str(how.get("apiVersion") or _VERSIONS[0])
    if version not in _VERSIONS:
        raise ClusterError(
            f"El programa que da la credencial habla «{version}», y se esperaba {_VERSIONS[0]}.",
            "Actualiza ese programa y vuelve a pedir el kubeconfig.",
        )
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
    env = {str(one["name"]): str(one["value"]) for one in how.get("env") or ()}
    command = [str(how.get("command") or ""), *(str(one) for one in how.get("args") or ())]
    try:
        told = process.run(command, env={**env, "KUBERNETES_EXEC_INFO": json.dumps(info)}, timeout=_EXEC_SECONDS)
    except ProcessError as error:
        hint = str(how.get("installHint") or "").strip()
        raise ProcessError(
            f"El programa que da la credencial de {server} falló: {error.message}",
            hint or "Ejecuta la orden a mano: suele pedir que vuelvas a entrar en tu cuenta.",
            command=error.command, returncode=error.returncode,
        ) from error  # fmt: skip
    try:
        status = json.loads(told.out)["status"]
        return Credentials(
            str(status.get("token") or ""), str(status.get("clientCertificateData") or ""),
            str(status.get("clientKeyData") or ""), renewable=True,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ClusterError(
            f"El programa «{command[0]}» no contestó con una credencial.", f"Mira qué dice: {process.pretty(command)}"
        ) from error


def _pem(entry: Mapping[str, Any], key: str) -> str:
    """Un certificado, venga dentro del kubeconfig o en un archivo."""
    if entry.get(f"{key}-data"):
        try:
            return base64.b64decode(str(entry[f"{key}-data"]), validate=True).decode("ascii")
        except ValueError as error:
            raise ClusterError(f"«{key}-data» no es base64.", "Vuelve a pedir ese kubeconfig.") from error
    return _read(Path(str(entry[key]))) if entry.get(key) else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ClusterError(
            files.explain(error, path, "leer").message, "Revisa esa ruta en tu kubeconfig, o vuelve a pedirlo."
        ) from error
