"""El tiempo que hace en la red: cables cortados, caminos lentos, un DNS caído. Lo cambia quien provoca averías.

Un grupo se escribe como una frase corta:

    *                        todos                       outside            quien llama desde fuera
    node/NODO                un nodo y sus Pods          zone/ZONA          los nodos de una zona y sus Pods
    namespace/ESPACIO        los Pods de un espacio      pod/ESPACIO/NOMBRE un Pod
    pods/ESPACIO/SELECTOR    los Pods que elige un selector («pods/tienda/app=api»)

Con «*» entra también la API: un nodo (o una zona) al que un corte separa de «*» deja de dar noticias.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab_tools.embedded.network.party import Party
from lab_tools.objects.selector import LabelSelector

_FORMS = "«*», «outside», «node/N», «zone/Z», «namespace/E», «pod/E/N» o «pods/E/SELECTOR»"


class BadGroup(ValueError):
    """Un grupo mal escrito. El mensaje dice cuál y cómo se escriben."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Nada pasa entre `a` y `b`, en ningún sentido."""

    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Slow:
    """Lo que pasa entre `a` y `b` tarda `seconds` segundos más, ida y vuelta."""

    a: str
    b: str
    seconds: float


class Weather:
    """Las averías de la red en vigor."""

    def __init__(self) -> None:
        self.cuts: list[Cut] = []
        self.slows: list[Slow] = []
        self.dns_is_down = False

    def cut(self, a: str, b: str = "*") -> None:
        """Corta el camino entre dos grupos. Lanza `BadGroup`."""
        one = Cut(_checked(a), _checked(b))
        if one not in self.cuts:
            self.cuts.append(one)

    def slow(self, a: str, b: str, seconds: float) -> None:
        """Retrasa `seconds` segundos (de 0 en adelante) cada ida y vuelta entre dos grupos. Lanza `BadGroup`."""
        if not 0 <= seconds < float("inf"):
            raise BadGroup(f"El retraso {seconds} no vale: tiene que ser un número de segundos de 0 en adelante.")
        self.mend_slow(a, b)
        self.slows.append(Slow(_checked(a), _checked(b), float(seconds)))

    def mend(self, a: str, b: str = "*") -> None:
        """Repara el corte entre dos grupos, si lo había."""
        self.cuts = [one for one in self.cuts if {one.a, one.b} != {a, b}]

    def mend_slow(self, a: str, b: str) -> None:
        """Devuelve su velocidad al camino entre dos grupos."""
        self.slows = [one for one in self.slows if {one.a, one.b} != {a, b}]

    def dns_down(self, down: bool = True) -> None:
        """Deja sin respuesta al DNS del clúster, o lo repara."""
        self.dns_is_down = down

    def clear(self) -> None:
        """Lo repara todo."""
        self.cuts, self.slows, self.dns_is_down = [], [], False

    def copy(self) -> Weather:
        """El mismo tiempo, en otra red."""
        other = Weather()
        other.cuts, other.slows, other.dns_is_down = list(self.cuts), list(self.slows), self.dns_is_down
        return other

    def cut_between(self, one: Party, other: Party, zone_of: Callable[[str], str]) -> Cut | None:
        """El corte que separa a dos partes, o `None`."""
        return next((cut for cut in self.cuts if _joins(cut.a, cut.b, one, other, zone_of)), None)

    def delay_between(self, one: Party, other: Party, zone_of: Callable[[str], str]) -> float:
        """Los segundos de más que cuesta ir y volver entre dos partes."""
        return sum(slow.seconds for slow in self.slows if _joins(slow.a, slow.b, one, other, zone_of))


def _joins(a: str, b: str, one: Party, other: Party, zone_of: Callable[[str], str]) -> bool:
    if one.address == other.address:
        return False  # hablar con uno mismo no sale al cable
    ends = [(_member(group, one, zone_of), _member(group, other, zone_of)) for group in (a, b)]
    return (ends[0][0] and ends[1][1]) or (ends[0][1] and ends[1][0])


def _member(group: str, who: Party, zone_of: Callable[[str], str]) -> bool:
    kind, _, rest = group.partition("/")
    namespace, _, name = rest.partition("/")
    if kind == "*":
        return True
    if kind == "outside":
        return who.what == "outside"
    if kind == "node":
        return who.node == rest
    if kind == "zone":
        return bool(who.node) and zone_of(who.node) == rest
    if who.what != "pod":
        return False
    if kind == "namespace":
        return who.namespace == rest
    if kind == "pod":
        return (who.namespace, who.name) == (namespace, name)
    return who.namespace == namespace and LabelSelector.parse(name).matches(who.labels)


def _checked(group: str) -> str:
    kind, _, rest = group.partition("/")
    namespace, _, name = rest.partition("/")
    good = {"*": not rest, "outside": not rest, "node": bool(rest), "zone": bool(rest), "namespace": bool(rest),
            "pod": bool(namespace and name), "pods": bool(namespace)}  # fmt: skip
    if not good.get(kind):
        raise BadGroup(f"El grupo «{group}» no se entiende: escribe {_FORMS}.")
    if kind == "pods":
        try:
            LabelSelector.parse(name)
        except ValueError as fault:
            raise BadGroup(f"El selector de «{group}» no se entiende: {fault}.") from None
    return group
