"""Qué imagen de nodo corresponde a cada Kubernetes, según la versión de kind que se tiene.

kind solo responde de una imagen con la versión para la que se publicó: por eso la tabla se lee primero por kind.
Los resúmenes son los que publica el proyecto en las notas de cada versión
(https://github.com/kubernetes-sigs/kind/releases); de lo que aquí no está se usa la etiqueta sin resumen, y se avisa.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab_tools.errors import ClusterError, UsageError

REPOSITORY = "kindest/node"
# La configuración que se escribe (registros por carpeta) y los mensajes que se leen valen desde aquí.
OLDEST = (0, 30)

# kind → Kubernetes → resumen de su imagen.
PINNED: dict[str, dict[str, str]] = {
    "0.30.0": {"1.34.0": "7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a"},
    "0.31.0": {"1.35.0": "452d707d4862f52530247495d180205e029056831160e22870e37e3f6c1ac31f"},
    "0.32.0": {"1.36.1": "3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5"},
    "0.33.0": {
        "1.37.0": "a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5",
        "1.36.4": "099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed",
        "1.35.8": "07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0",
        "1.34.11": "44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d",
    },
}  # fmt: skip

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")
_PROGRAM = re.compile(r"kind v(\d+\.\d+\.\d+)")


@dataclass(frozen=True)
class Image:
    """Una imagen de nodo; `warning` no está vacío si su contenido no está fijado."""

    name: str
    warning: str = ""


def check_kind(said: str) -> str:
    """La versión («0.33.0») que dice `kind version`. Lanza ClusterError si es anterior a la 0.30 o no se entiende."""
    found = _PROGRAM.search(said)
    cure = "Instala la que usa el curso con: orquesta tools install kind"
    if found is None:
        raise ClusterError(f"«kind version» contesta algo que no se entiende: «{said.strip()[:80]}».", cure)
    version = found[1]
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise ClusterError(f"Tu kind es el {version} y hace falta el {OLDEST[0]}.{OLDEST[1]} o uno posterior.", cure)
    return version


def node_image(asked: str, kind: str) -> Image | None:
    """La imagen para un Kubernetes («1.36», «v1.36.4») con esa versión de kind; sin pedir nada, `None`: la de kind.

    Lanza UsageError si no es una versión, o si es incompleta y kind no publica ninguna de esa serie.
    """
    if not asked:
        return None
    found = _VERSION.fullmatch(asked.strip())
    if found is None:
        raise UsageError(f"«{asked}» no es una versión de Kubernetes.", "Escríbela así: 1.36, o así: 1.36.4.")
    wanted = ".".join(part for part in found.groups() if part)
    pinned = PINNED.get(kind, {})
    for version, digest in pinned.items():
        if version == wanted or (found[3] is None and version.startswith(f"{wanted}.")):
            return Image(f"{REPOSITORY}:v{version}@sha256:{digest}")
    if found[3] is None:
        known = ", ".join(pinned) or "ninguna que conozcamos"
        raise UsageError(
            f"No sé qué imagen de Kubernetes {wanted} corresponde a kind {kind}.",
            f"Con esa versión de kind se publicaron: {known}. Para otra, di el número entero, por ejemplo {wanted}.0.",
        )
    return Image(
        f"{REPOSITORY}:v{wanted}",
        f"La imagen de Kubernetes {wanted} no se publicó para kind {kind}: se usa por su etiqueta, sin resumen.",
    )
