"""`orquesta lab audit`: la tabla de un laboratorio (o de todos) puesto a prueba, y lo que no cuadró."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab_tools.cli import messages
from lab_tools.errors import InfrastructureError

if TYPE_CHECKING:
    from lab_tools.labs.audit import Audit, Row

_CLEAR = "\r\x1b[K"


def run(folders: list[Path], jobs: int, as_json: bool, verbose: bool, save: Path | None = None) -> bool:
    """Audita, lo cuenta y dice si todo salió como debía. Con `save`, deja además ahí el resultado en JSON.

    El laboratorio que no se pudo jugar entero se cuenta aparte y no detiene a los demás; entonces no salió como debía.
    """
    from lab_tools.labs import audit

    found: list[Audit] = []
    for folder in folders:
        try:
            found.append(audit.audit(folder, jobs, progress=Progress(folder.name)))
        except InfrastructureError as error:
            messages.progress(f"{folder.name}: no se ha podido auditar. {error}")
    told = [one.as_json() for one in found]
    if save is not None:
        save.parent.mkdir(parents=True, exist_ok=True)
        save.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if as_json:
        messages.say_json(told)
    else:
        tell(found, verbose)
    return len(found) == len(folders) and all(one.ok for one in found)


def tell(audits: list[Audit], verbose: bool) -> None:
    """Una línea por laboratorio y, debajo, lo que no cuadró; con `verbose`, cada caso."""
    from lab_tools.labs.cases import DEMAND, FULL, HARMFUL, HARMLESS, TYPICAL, UNTOUCHED

    kinds = {"INTACTO": UNTOUCHED, "SOLUCIONES": FULL, "ERRORES TÍPICOS": TYPICAL, "MUTANTES DAÑINOS": HARMFUL,
             "INOFENSIVOS": HARMLESS, "REQUISITOS": DEMAND}  # fmt: skip
    rows = [
        (f"{_shape(one.ok)} {one.slug}", *("{} de {}".format(*one.count(kind)) for kind in kinds.values()))
        for one in audits
    ]
    messages.say_table(("LABORATORIO", *kinds), rows)
    for one in audits:
        told = [row for row in one.rows if verbose or not row.ok]
        if told or one.unclassified:
            messages.say(f"\n{one.slug}")
        for row in told:
            messages.say(_line(row))
        for field in one.unclassified:
            messages.say(f"  ○ sin clasificar: {field} (dilo en `mutants`, en lab.yaml)")


def _line(row: Row) -> str:
    why = f"\n      {row.why}" if row.why else ""
    return (
        f"  {_shape(row.ok)} {row.kind}: {row.name}. Se esperaba {row.expected}; salió {messages.number(row.mark)}{why}"
    )


def _shape(ok: bool) -> str:
    return "✔" if ok else "✘"


class Progress:
    """Cuántos casos van, en una sola línea de la terminal; fuera de una terminal, nada."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            click.echo("" if done == total else f"{self._name}: {done} de {total}", err=True, nl=False)
            click.echo(_CLEAR if done == total else "\r", err=True, nl=False)
