"""Qué versión de cada programa usa el curso, y dónde la publica quien la hace, para cada plataforma.

Direcciones: https://kind.sigs.k8s.io/docs/user/quick-start/#installing-from-release-binaries,
https://kubernetes.io/docs/tasks/tools/ y https://helm.sh/docs/intro/install/.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass

from lab_tools.errors import UsageError

VERSIONS = {"kind": "0.33.0", "kubectl": "1.36.4", "helm": "4.2.3"}
NAMES = tuple(VERSIONS)

_SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "windows"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# Nadie publica estos pares.
_ABSENT = {("kind", "windows", "arm64")}


@dataclass(frozen=True)
class Source:
    """De dónde sale un programa. `member`: su ruta dentro del archivo comprimido, si viene en uno."""

    tool: str
    version: str
    system: str
    machine: str
    url: str
    checksum_url: str
    member: str = ""

    @property
    def file(self) -> str:
        """El nombre con el que se publica."""
        return self.url.rpartition("/")[2]

    @property
    def checksum_file(self) -> str:
        """El nombre de su suma publicada."""
        return self.checksum_url.rpartition("/")[2]

    @property
    def program(self) -> str:
        """El nombre con el que se instala."""
        return f"{self.tool}.exe" if self.system == "windows" else self.tool

    @property
    def key(self) -> str:
        """Con qué nombre se fija su resumen."""
        return f"{self.tool} {self.version} {self.system}/{self.machine}"


def source(tool: str, system: str = "", machine: str = "") -> Source:
    """De dónde sale un programa para esta máquina, o para la que se diga. Lanza UsageError si no lo hay."""
    if tool not in VERSIONS:
        raise UsageError(f"No sé instalar «{tool}».", f"Elige entre: {', '.join(NAMES)}.")
    system = system or _SYSTEMS.get(sys.platform, sys.platform)
    machine = machine or _MACHINES.get(platform.machine().lower(), platform.machine())
    known = system in _SYSTEMS.values() and machine in _MACHINES.values()
    if not known or (tool, system, machine) in _ABSENT:
        raise UsageError(
            f"No se publica «{tool}» para {system}/{machine}.",
            "El clúster embebido no lo necesita, y va en cualquiera.",
        )
    version = VERSIONS[tool]
    suffix = ".exe" if system == "windows" else ""
    if tool == "kind":
        url = f"https://github.com/kubernetes-sigs/kind/releases/download/v{version}/kind-{system}-{machine}"
        return Source(tool, version, system, machine, url, f"{url}.sha256sum")
    if tool == "kubectl":
        url = f"https://dl.k8s.io/release/v{version}/bin/{system}/{machine}/kubectl{suffix}"
        return Source(tool, version, system, machine, url, f"{url}.sha256")
    packed = "zip" if system == "windows" else "tar.gz"
    url = f"https://get.helm.sh/helm-v{version}-{system}-{machine}.{packed}"
    return Source(tool, version, system, machine, url, f"{url}.sha256sum", f"{system}-{machine}/helm{suffix}")
