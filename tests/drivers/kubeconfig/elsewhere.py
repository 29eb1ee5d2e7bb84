"""Un clúster de verdad de mentira: el de la escuela sin las puertas del embebido, y a la hora de la pared.

De esas puertas queda la del tráfico, que hace de Job: las respuestas son las mismas. Lo que esperan quienes lo miran lo
adelanta quien lleva la escuela, y ese tiempo es el que se les cuenta: así da igual lo cargada que esté la máquina.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab_tools import drivers
from lab_tools.drivers.base import Connection, Query, Reply
from lab_tools.drivers.http import from_kubeconfig
from lab_tools.drivers.kubeconfig import KubeconfigDriver
from lab_tools.drivers.through import Through
from lab_tools.traffic.engine import DOOR as TRAFFIC
from tests.drivers.kubeconfig.school import ALL, EDIT, School, school

HOUSE = "/orquesta/"
PATIENCE = 120.0  # segundos de pared que se espera una respuesta, por cargada que esté la máquina
SLOW = 0.001  # el tiempo de la escuela no pasa solo: lo adelanta quien espera


class Elsewhere(Through):
    """La conexión con él de quien tiene su kubeconfig."""

    without_traffic_door = False

    def __init__(self, inner: Connection, place: School) -> None:
        super().__init__(inner)
        self._place = place
        self._inner.patience = PATIENCE  # type: ignore[attr-defined]

    @property
    def patience(self) -> None:
        """El plazo se cuenta aquí en tiempo del clúster: con él no se puede medir lo que tarda en contestar."""
        return None

    def send(self, method: str, path: str, query: Query | None = None, body: bytes | None = None,
             headers: Mapping[str, str] | None = None) -> Reply:  # fmt: skip
        asks = path.startswith(f"{TRAFFIC}/") and (method, path) != ("GET", f"{TRAFFIC}/loads")
        if path.startswith(HOUSE) and not asks:
            return Reply(404, {}, b"{}")
        return self._inner.send(method, path, query, body, headers)

    def wait(self, seconds: float) -> None:
        self._place.owner.wait(seconds)


class Attached(Elsewhere):
    """La del driver «kubeconfig»; `confined` es el namespace prestado, o "" si se manda en todo."""

    @property
    def confined(self) -> str:
        return str(getattr(self._inner, "confined", ""))


@contextmanager
def cluster(kind: str, whole: bool, nodes: int, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """Uno, mientras dure el `with`: de clase «kind» o «kubeconfig», mandando en todo (`whole`) o en un namespace."""
    with school(nodes, SLOW) as place:
        clock = SimpleNamespace(monotonic=place.owner.elapsed)
        patch.setattr("lab_tools.client.time", clock)
        patch.setattr("lab_tools.checks.run.time", clock)
        place.namespace("escuela")
        path = place.kubeconfig(folder / "kubeconfig", "escuela", ALL if whole else EDIT, whole=whole)
        # Lo que un clúster de verdad con su red de serie enseñaría, y aquí la aplica el propio clúster.
        place.owner.within("kube-system").apply(_NETWORK)
        if kind == "kind":
            yield Elsewhere(from_kubeconfig(str(path)), place)
            return
        KubeconfigDriver().attach("escuela", kubeconfig=str(path), ask=lambda _reach: True)
        yield Attached(drivers.named().connect("escuela"), place)


_NETWORK = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kindnet}
spec:
  selector: {matchLabels: {app: kindnet}}
  template:
    metadata: {labels: {app: kindnet}}
    spec:
      nodeSelector: {red: ninguna}
      containers: [{name: red, image: "busybox:1.36", command: [sleep, infinity]}]
"""
