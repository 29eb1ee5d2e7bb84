"""Los hechos de las comprobaciones reservadas del laboratorio 02."""

from __future__ import annotations

from lab_tools.checks.expect import Fact, Finding, all_of
from lab_tools.checks.snapshot import Snapshot
from lab_tools.errors import StatusError
from lab_tools.labs.variant import Variant


def who_does_not_say_does_not_enter(v: Variant) -> Fact:
    """En el namespace de un equipo no entra quien no dice cuánta CPU reserva."""
    return all_of(*(_silent(f"{v.namespace}-{team}") for team in ("azul", "verde")))


def _silent(namespace: str) -> Fact:
    spec = {"containers": [{"name": "principal", "image": "tienda-carrito:1.0"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "callado"}, "spec": spec}

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que en `{namespace}` no entrara un Pod que no dice cuánta CPU reserva"
        with snapshot.copy(whole=True) as copy:
            try:
                copy.client.within(namespace).create(pod)
            except StatusError as error:
                return Finding("must specify" in error.message, expected, f"que la API dice «{error.message}»")
        return Finding(False, expected, "que entra")

    return look
