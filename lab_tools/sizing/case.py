"""Los nombres del modelo: un caso, las maneras de llevarlo y las tarifas. Son datos, y nada más."""

from __future__ import annotations

from dataclasses import dataclass, field

ALONE, COMPOSE, ORCHESTRATOR = "solo", "compose", "orquestador"


@dataclass(frozen=True)
class Case:
    """Algo que hay que tener en marcha.

    `peak_rps` y `base_rps` son peticiones por segundo en las `peak_hours` horas de punta de cada día y en las demás;
    `cpu_seconds`, lo que cada una gasta de procesador. `outage_cost` es lo que se pierde por cada hora cerrada. `tied`
    dice que no se puede mover de su máquina o que no admite esperas; `operators`, que alguien sabe llevar un clúster.
    """

    name: str
    services: int = 1
    peak_rps: float = 1.0
    base_rps: float = 1.0
    peak_hours: float = 0.0
    cpu_seconds: float = 0.01
    releases: float = 1.0
    teams: int = 1
    outage_cost: float = 0.0
    tied: bool = False
    operators: bool = True


@dataclass(frozen=True)
class Way:
    """Lo que cuesta llevar algo de una manera.

    Horas de trabajo al mes: `fixed_hours` pase lo que pase, `release_hours` por cada entrega y `team_hours` por cada
    equipo más allá del primero. Horas cerrado: `release_outage` por entrega y `repair_hours` por máquina perdida.
    """

    name: str
    fixed_hours: float
    release_hours: float
    team_hours: float
    release_outage: float
    repair_hours: float


def _ways() -> tuple[Way, ...]:
    return (
        Way(ALONE, fixed_hours=1, release_hours=0.5, team_hours=8, release_outage=0.02, repair_hours=6),
        Way(COMPOSE, fixed_hours=2, release_hours=0.25, team_hours=8, release_outage=0.02, repair_hours=5),
        Way(ORCHESTRATOR, fixed_hours=24, release_hours=0.05, team_hours=1, release_outage=0, repair_hours=0.1),
    )


@dataclass(frozen=True)
class Rates:
    """Las tarifas, al mes y en euros: cada núcleo de máquina, el plano de control y la hora de trabajo.

    `busy`: qué parte del procesador se quiere ocupada en la punta. `failures`: las veces al mes que se pierde una
    máquina. `sizes`: los tamaños de máquina que se venden, en núcleos. `node`: los de cada nodo; `reserved`, los que se
    queda él.
    """

    core: float = 12.0
    control_plane: float = 70.0
    hour: float = 35.0
    busy: float = 0.7
    failures: float = 0.03
    sizes: tuple[int, ...] = (2, 4, 8, 16, 32)
    node: float = 4.0
    reserved: float = 0.3
    ways: tuple[Way, ...] = field(default_factory=_ways)

    def way(self, name: str) -> Way:
        """La manera que se llama así. Lanza `KeyError` si no la hay."""
        for one in self.ways:
            if one.name == name:
                return one
        raise KeyError(name)
