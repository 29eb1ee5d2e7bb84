"""El catálogo: qué averías hay, qué hay que decir de cada una y en qué clústeres se puede. Son datos, y nada más."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TEXT, NUMBER, COUNT, PAIR, MAP = "texto", "número", "entero", "dos grupos", "pares NOMBRE=VALOR"
# Cómo se dice lo que se esperaba de cada una.
EXPECTED = MappingProxyType({
    TEXT: "un texto que no esté vacío", NUMBER: "un número mayor que {0:g}", COUNT: "un entero mayor que {0:g}",
    PAIR: "dos grupos separados por una coma", MAP: "pares NOMBRE=VALOR separados por comas",
})  # fmt: skip
API, DOOR, MACHINE = "api", "door", "machine"
DRIVERS = ("embedded", "kind", "kubeconfig")


@dataclass(frozen=True)
class Option:
    """Una opción de una avería. `kind` es uno de los nombres de arriba; las que no son `needed` pueden faltar."""

    name: str
    kind: str
    text: str
    needed: bool = True
    above: float = 0.0
    """Lo que ha de superar, si es un número."""

    @property
    def expected(self) -> str:
        """Lo que se esperaba, para decírselo a quien puso otra cosa."""
        return EXPECTED[self.kind].format(self.above)


@dataclass(frozen=True)
class Fault:
    """Una avería del catálogo. `how`: por la API (en cualquier clúster), por la puerta del embebido o en las máquinas.

    `elsewhere` dice por qué no se puede en los demás y, si lo hay, cómo se hace allí a mano.
    """

    kind: str
    title: str
    how: str
    options: tuple[Option, ...] = ()
    elsewhere: str = ""
    lasting: bool = False
    """Si sigue en vigor hasta que se repara."""
    machine: bool = False
    """Si también se hace en las máquinas, donde el driver llega a ellas: los nodos de kind son contenedores de aquí."""

    def on(self, driver: str) -> bool:
        """Si un driver puede con ella."""
        return (
            self.how == API
            or driver == {DOOR: "embedded", MACHINE: "kind"}[self.how]
            or (self.machine and driver == "kind")
        )


_DEPLOYMENT = Option("deployment", TEXT, "el Deployment")
_SERVICE = Option("service", TEXT, "el Service")
_NODE = Option("node", TEXT, "el nodo")
_POD = (Option("pod", TEXT, "el Pod"), Option("container", TEXT, "el contenedor; sin él, todos", needed=False))
_BETWEEN = Option("between", PAIR, "los dos grupos: «node/N», «zone/Z», «namespace/E», «pod/E/N», «pods/E/SELECTOR», "
                                   "«outside» o «*»")  # fmt: skip

_POWER = "Un clúster de verdad no deja apagar sus máquinas desde la API."
_DISK = "La API no llega al disco de las máquinas."
_KUBELET = "La API no manda sobre el proceso del kubelet."
_WIRES = "Depende del CNI. Si aplica políticas, una NetworkPolicy se parece a un corte."
_HIDDEN = "Ese proceso es del plano de control, y la API no lo para."
_INSIDE = "Habría que meter un programa en el contenedor."

_ALL = (
    Fault("kill-pods", "Borra Pods", API, (
        Option("selector", TEXT, "el selector que los elige"),
        Option("count", COUNT, "cuántos; sin decirlo, uno", needed=False))),
    Fault("bad-image", "Pide una imagen que no existe o no arranca", API, (
        _DEPLOYMENT, Option("image", TEXT, "la imagen"))),
    Fault("greedy-requests", "Pide más CPU de la que ningún nodo tiene", API, (
        _DEPLOYMENT, Option("cpu", TEXT, "la CPU por Pod"))),
    Fault("wrong-selector", "Cambia el selector de un Service", API, (
        _SERVICE, Option("selector", MAP, "el selector nuevo"))),
    Fault("wrong-port", "Cambia el puerto al que un Service envía", API, (
        _SERVICE, Option("port", COUNT, "el puerto de los Pods"))),
    Fault("bad-env", "Cambia variables de entorno", API, (
        _DEPLOYMENT, Option("env", MAP, "las variables"))),
    Fault("missing-config", "Hace que falte el ConfigMap del que un Deployment toma su entorno", API, (
        _DEPLOYMENT, Option("configmap", TEXT, "un nombre que no exista"))),
    Fault("expired-certificate", "Pone en un Secret TLS un certificado caducado", API, (
        Option("secret", TEXT, "el Secret"), Option("host", TEXT, "el nombre para el que vale"))),
    Fault("cordon", "Impide que lleguen Pods nuevos a un nodo", API, (_NODE,)),
    Fault("uncordon", "Deja que lleguen otra vez", API, (_NODE,)),
    Fault("drain", "Vacía un nodo, respetando los presupuestos", API, (_NODE,)),
    Fault("kill-container", "Mata el proceso de un contenedor", DOOR, _POD,
          "La API solo borra Pods enteros. A mano: «kubectl exec POD -- kill 1», si la imagen trae «kill»."),
    Fault("node-off", "Apaga un nodo", DOOR, (_NODE,), _POWER, True, True),
    Fault("zone-off", "Apaga todos los nodos de una zona", DOOR, (Option("zone", TEXT, "la zona"),), _POWER, True,
          True),
    Fault("kubelet-stopped", "Para el kubelet de un nodo; sus contenedores siguen", DOOR, (_NODE,), _KUBELET, True,
          True),
    Fault("node-frozen", "Congela un nodo: sigue ahí y no hace nada", MACHINE, (_NODE,),
          "Congela el contenedor del nodo. En el embebido, lo más parecido es «node-off».", True, True),
    Fault("node-unplugged", "Desenchufa un nodo de la red; sus contenedores siguen", MACHINE, (_NODE,),
          "Saca de la red el contenedor del nodo. En el embebido, lo más parecido es cortarle la red.", True, True),
    Fault("disk-full", "Llena el disco de un nodo", DOOR, (_NODE,), _DISK, True),
    Fault("disk-slow", "Frena el disco de un nodo", DOOR, (
        _NODE, Option("factor", NUMBER, "cuántas veces más despacio", above=1.0)), _DISK, True),
    Fault("network-cut", "Corta la red entre dos grupos", DOOR, (_BETWEEN,), _WIRES, True),
    Fault("network-slow", "Retrasa la red entre dos grupos", DOOR, (
        _BETWEEN, Option("seconds", NUMBER, "segundos de más, ida y vuelta")), _WIRES, True),
    Fault("dns-down", "Deja sin respuesta al DNS del clúster", DOOR, (),
          "Depende de quién dé el DNS. A mano: «kubectl -n kube-system scale deployment coredns --replicas=0».", True),
    Fault("api-down", "Tira el servidor de la API para todos menos la dueña", DOOR, (), _HIDDEN, True),
    Fault("api-slow", "Hace lento el servidor de la API para todos menos la dueña", DOOR, (
        Option("seconds", NUMBER, "segundos que tarda cada respuesta; desde 60, caduca"),), _HIDDEN, True),
    Fault("controller-stopped", "Para un controlador o el scheduler", DOOR, (
        Option("controller", TEXT, "«deployment-controller»…, «kube-controller-manager» o «kube-scheduler»"),),
          _HIDDEN, True),
    Fault("memory-leak", "Hace que un Pod pierda memoria", DOOR, (
        *_POD, Option("rate", NUMBER, "MiB por segundo")), _INSIDE, True),
    Fault("cpu-hog", "Hace que un Pod gaste CPU de más", DOOR, (
        *_POD, Option("cores", NUMBER, "núcleos")), _INSIDE, True),
)  # fmt: skip
CATALOGUE: Mapping[str, Fault] = MappingProxyType({fault.kind: fault for fault in _ALL})


def table() -> str:
    """La tabla de averías y drivers, en Markdown: la misma que publica la documentación."""
    lines = [f"| Avería | Qué hace | Opciones | {' | '.join(DRIVERS)} |", f"|{'---|' * (3 + len(DRIVERS))}"]
    for fault in CATALOGUE.values():
        options = "; ".join(_described(option) for option in fault.options) or "–"
        able = " | ".join("sí" if fault.on(driver) else "no" for driver in DRIVERS)
        lines.append(f"| `{fault.kind}` | {fault.title} | {options} | {able} |")
    return "\n".join(lines) + "\n"


def reasons() -> str:
    """Por qué no se puede con algunas en todas partes, en Markdown."""
    return "".join(f"- `{fault.kind}`: {fault.elsewhere}\n" for fault in CATALOGUE.values() if fault.elsewhere)


def _described(option: Option) -> str:
    return f"`{option.name}` ({option.kind}{'' if option.needed else ', puede faltar'}): {option.text}"
