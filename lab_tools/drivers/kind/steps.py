"""Los pasos de `kind create cluster`, leídos en sus propias líneas.

Sin terminal, kind escribe una línea con «•» y puntos suspensivos al empezar un paso, y la misma con «✓» o «✗» al
acabarlo. Los que aquí no están se cuentan con sus palabras.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Cómo empieza cada paso en kind → cómo se cuenta.
STEPS = {
    "Ensuring node image": "Traer la imagen de los nodos",
    "Preparing nodes": "Crear los contenedores de los nodos",
    "Configuring the external load balancer": "Poner un balanceador delante del plano de control",
    "Writing configuration": "Escribir la configuración",
    "Starting control-plane": "Arrancar el plano de control",
    "Installing CNI": "Poner la red de los Pods (CNI)",
    "Installing StorageClass": "Poner la StorageClass",
    "Joining more control-plane nodes": "Unir más nodos de control",
    "Joining worker nodes": "Unir los nodos de trabajo",
    "Waiting": "Esperar al plano de control",
}

_LINE = re.compile(r"\s*(?:\x1b\[\d+m)?([•✓✗])(?:\x1b\[0m)?\s+(.*?)(\s*\.\.\.)?\s*")
_IMAGE = re.compile(r"\(([^()]+)\)")
_PHASES = {"•": "empieza", "✓": "bien", "✗": "mal"}


@dataclass(frozen=True)
class Step:
    """Un paso: cómo va («empieza», «bien» o «mal»), cómo se cuenta y lo que kind escribió."""

    phase: str
    text: str
    said: str


def parse(line: str) -> Step | None:
    """El paso del que habla una línea de kind, o `None` si no habla de ninguno."""
    found = _LINE.fullmatch(line)
    if found is None or (found[1] == "•" and not found[3]):
        return None
    said = found[2].strip()
    text = next((ours for start, ours in STEPS.items() if said.startswith(start)), said)
    image = _IMAGE.search(said) if said.startswith("Ensuring") else None
    return Step(_PHASES[found[1]], f"{text} ({image[1]})" if image else text, said)
