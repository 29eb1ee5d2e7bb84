"""Entregar: las señales que un laboratorio deja en el registro del clúster, y el archivo que acompaña al cuaderno.

El registro dice qué se pidió al clúster, en orden y cuándo, se hiciera desde donde se hiciera. Quien corrige lo repite,
con la credencial del estudiante, sobre un clúster nuevo que él mismo prepara. En un clúster que no lleva registro
(kind, el de la escuela) no hay nada que guardar, y se ejecuta el cuaderno.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lab_tools import files
from lab_tools.client import Client
from lab_tools.drivers.base import confined
from lab_tools.errors import LabError, StatusError

MARKS, RECORD = "/orquesta/v1/marks", "/orquesta/v1/record"
FILE = "registro.json"
VERSION = 1
_NO_DOOR = (403, 404, 405)
_NOT_KNOWN = {"solved": (400,)}  # un clúster en marcha desde antes de que existiera esta señal: solo es para mirarla


def mark(client: Client, signal: str, name: str) -> None:
    """Deja una señal (`start`, `ready`, `cell`, `solved` o `hint`) en el registro del clúster, si lo lleva.

    En un namespace prestado, no: el registro es de todo el clúster, y `start` renueva una suerte que es de todos.
    """
    if confined(client.connection):
        return
    body = json.dumps({signal: name}).encode()
    reply = client.connection.send("POST", MARKS, body=body, headers={"content-type": "application/json"})
    if reply.status >= 400 and reply.status not in (*_NO_DOOR, *_NOT_KNOWN.get(signal, ())):
        raise StatusError({"code": reply.status, "message": f"the mark was refused with {reply.status}"})


def work(client: Client, slug: str) -> dict[str, Any]:
    """El trabajo hecho en un laboratorio desde la última vez que se preparó. Lanza LabError si no hay registro.

    Es JSON: `version`, `lab`, `seed`, `nodes`, y `entries` (véase `lab_tools.embedded.record`); el primer apunte es la
    señal de que estaba preparado.
    """
    reply = client.connection.send("GET", RECORD, headers={"accept": "application/json"})
    if reply.status >= 400 or not isinstance(reply.body, bytes):
        raise LabError(
            f"El clúster «{client.connection.name}» no lleva registro de lo que haces.",
            "Entrega el cuaderno con tus respuestas: se ejecutará al corregir.",
        )
    found = json.loads(reply.body)
    ready = [n for n, entry in enumerate(found["entries"]) if entry.get("mark") == {"ready": slug}]
    if not ready:
        raise LabError(
            f"En este clúster no se ha preparado el laboratorio {slug}.", f"Prepáralo con: orquesta lab start {slug}"
        )
    entries = [_renumbered(entry, ready[-1]) for entry in found["entries"][ready[-1] :]]
    return {"version": VERSION, "lab": slug, "seed": found["seed"], "nodes": found["nodes"],
            "entries": [entry for entry in entries if entry is not None]}  # fmt: skip


def save(client: Client, slug: str, folder: Path) -> Path:
    """Escribe el registro del laboratorio en `folder`, junto al cuaderno, y devuelve dónde quedó."""
    path = folder / FILE
    text = json.dumps(work(client, slug), ensure_ascii=False, indent=0) + "\n"
    try:
        files.write_atomic(path, text)
    except OSError as error:
        raise files.explain(error, path) from error
    return path


def _renumbered(entry: dict[str, Any], first: int) -> dict[str, Any] | None:
    """El apunte, contado desde `first`. Lo que se escribió a un exec de antes no se entrega."""
    if "feed" not in entry:
        return entry
    return {**entry, "feed": entry["feed"] - first} if entry["feed"] >= first else None
