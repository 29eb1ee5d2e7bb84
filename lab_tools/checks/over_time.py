"""Hechos que necesitan que pase el tiempo del clúster: que algo llegue a pasar, o que no deje de pasar."""

from __future__ import annotations

from lab_tools.checks.expect import Fact, Finding
from lab_tools.checks.snapshot import Snapshot


def eventually(fact: Fact, within: float, every: float = 0.5) -> Fact:
    """El hecho llega a cumplirse antes de `within` segundos del clúster. Cuenta lo último que vio."""

    def look(snapshot: Snapshot) -> Finding:
        finding, waited = fact(snapshot), 0.0
        while not finding.met and waited < within:
            snapshot = snapshot.later(every)
            finding, waited = fact(snapshot), waited + every
        if finding.met:
            return finding
        return Finding(False, finding.expected, f"{finding.found} (después de esperar {waited:g} s)")

    return look


def throughout(fact: Fact, seconds: float, every: float = 0.5) -> Fact:
    """El hecho se cumple ahora y sigue cumpliéndose durante `seconds` segundos del clúster."""

    def look(snapshot: Snapshot) -> Finding:
        finding, waited = fact(snapshot), 0.0
        while finding.met and waited < seconds:
            snapshot = snapshot.later(every)
            finding, waited = fact(snapshot), waited + every
        if finding.met:
            return finding
        return Finding(False, finding.expected, f"{finding.found} (a los {waited:g} s)")

    return look
