"""Los hechos de las comprobaciones reservadas del laboratorio 09."""

from __future__ import annotations

from lab_tools import faults
from lab_tools.checks.expect import Fact, Finding, exists, given
from lab_tools.checks.snapshot import Snapshot, controller
from lab_tools.client import Client
from lab_tools.labs.variant import Variant

NIGHT = "etl"


def starts_late_but_starts(v: Variant) -> Fact:
    """Con el controlador parado a la hora, sale si vuelve a los cinco minutos y no si vuelve a los veinte."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "que el informe saliera con cinco minutos de retraso, y con veinte no"
        five, twenty = _late(snapshot, 240), _late(snapshot, 1200)
        found = f"con cinco minutos, {_said(five)}; con veinte, {_said(twenty)}"
        return Finding(five and not twenty, expected, found)

    return given(exists("cronjobs", NIGHT), look)


def _said(ran: bool) -> str:
    return "sale" if ran else "no sale"


def _late(snapshot: Snapshot, seconds: float) -> bool:
    """Si sale un Job con el controlador de CronJobs parado desde antes de su hora hasta `seconds` después."""
    with snapshot.copy(whole=True) as copy:  # el controlador es de todo el clúster
        client = copy.client
        # La misma espera, con una hora que llega enseguida: cada media hora.
        client.patch("cronjobs", NIGHT, {"spec": {"schedule": "*/30 * * * *"}})
        before = _jobs(client)
        while len(_jobs(client)) == len(before):
            client.wait(10)
        client.wait(1800 - 60)
        faults.inject(client, {"kind": "controller-stopped", "controller": "cronjob-controller"})
        before = _jobs(client)
        client.wait(60 + seconds)
        faults.heal(client)
        client.wait(30)
        return len(_jobs(client) - before) > 0


def _jobs(client: Client) -> set[str]:
    uid = client.get("cronjobs", NIGHT)["metadata"]["uid"]
    return {job["metadata"]["uid"] for job in client.list("jobs") if controller(job).get("uid") == uid}
