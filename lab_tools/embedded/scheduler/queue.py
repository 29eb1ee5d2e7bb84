"""Los Pods que esperan nodo: los que están por mirar, y los que no cupieron y esperan a que algo cambie.

Lo que cambia se acumula un momento: una ráfaga de noticias es una sola vuelta.
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.embedded.clock import Clock, Timer
from lab_tools.embedded.reconciler import key_of
from lab_tools.embedded.scheduler.nodes import priority
from lab_tools.objects import Object, storage

# Del aviso a la decisión, y la pausa antes de volver a mirar lo que no cupo (segundos virtuales).
DECIDE, RETRY, FLUSH = 0.01, 1.0, 300.0

Key = tuple[str, str]


class Queue:
    """La cola. Llama a `decide` cuando hay a quien mirar."""

    def __init__(self, clock: Clock, decide: Callable[[], None]) -> None:
        self._clock = clock
        self._decide = decide
        self._pending: dict[Key, Object] = {}
        self._parked: dict[Key, Object] = {}
        # Los que no cupieron por quién hay, o no hay, a su lado: un vecino nuevo puede cambiarlo.
        self._sociable: set[Key] = set()
        self._held = False
        self._round: Timer | None = None
        self._retry: Timer | None = None

    def waiting(self) -> dict[str, int]:
        """Cuántos Pods esperan, por dónde: por mirar, o a que algo cambie."""
        return {"active": len(self._pending), "unschedulable": len(self._parked)}

    def add(self, pod: Object) -> None:
        """Un Pod sin nodo. Si ya no cupo y no ha cambiado en nada que importe, sigue esperando."""
        key = key_of(pod)
        parked = self._parked.get(key)
        if parked is not None and _asks_the_same(pod, parked):
            self._parked[key] = pod
            return
        self._parked.pop(key, None)
        self._pending[key] = pod
        self._wake(DECIDE)

    def forget(self, key: Key) -> None:
        """Ya tiene nodo, o ya no está."""
        self._pending.pop(key, None)
        self._parked.pop(key, None)
        self._sociable.discard(key)

    def park(self, pod: Object) -> None:
        """Espera a que algo cambie."""
        self._parked[key_of(pod)] = pod

    def turn_away(self, pod: Object) -> None:
        """No cupo: espera a que algo cambie y, si nada cambia, se le vuelve a mirar a los cinco minutos."""
        self.park(pod)
        if pod["spec"].get("affinity") or pod["spec"].get("topologySpreadConstraints"):
            self._sociable.add(key_of(pod))
        self._clock.call_in(FLUSH, self.look_again)

    def look_again(self) -> None:
        """Algo ha cambiado: todos los que no cupieron se vuelven a mirar, tras una pausa."""
        if self._parked and self._retry is None:
            self._retry = self._clock.call_in(RETRY, self._unpark)

    def meet_neighbour(self) -> None:
        """Hay un vecino nuevo, o con otras etiquetas: solo importa si alguien espera por sus vecinos."""
        if self._sociable:
            self.look_again()

    def look_at_disks(self) -> None:
        """Un volumen, una petición o una clase cambió: quien espera por los suyos se mira otra vez."""
        waiting = [key for key, pod in self._parked.items() if storage.claims_of(pod)]
        for key in waiting:
            self._pending[key] = self._parked.pop(key)
        if waiting:
            self._wake(DECIDE)

    def hold(self, held: bool) -> None:
        """Deja de avisar, o vuelve a hacerlo con los que se quedaron a la espera."""
        self._held = held
        if not held and self._pending:
            self._wake(DECIDE)

    def take(self) -> list[Object]:
        """Vacía la cola: antes el de más prioridad; a igualdad, el que lleva más tiempo esperando."""
        queue, self._pending = self._pending, {}
        return sorted(queue.values(), key=lambda pod: -priority(pod))

    def _unpark(self) -> None:
        self._retry = None
        self._pending.update(self._parked)
        self._parked.clear()
        self._sociable.clear()
        if self._pending:
            self._wake(0.0)

    def _wake(self, after: float) -> None:
        if self._round is None:
            self._round = self._clock.call_in(after, self._ring)

    def _ring(self) -> None:
        self._round = None
        if not self._held:
            self._decide()


def _asks_the_same(pod: Object, parked: Object) -> bool:
    return all(pod["metadata"].get(name) == parked["metadata"].get(name) for name in ("generation", "labels"))
