"""Por qué un Pod va a un nodo y no a otro: nodo por nodo, filtro por filtro y nota por nota.

Se contesta con las cuentas de ahora. De un Pod que ya tiene nodo se dice qué se decidiría si hubiera que volver a
elegir. Los motivos van como los dice el planificador real (`reason`) y en español (`phrase`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from lab_tools.embedded.scheduler import volumes
from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.filters import FILTERS, Refusal
from lab_tools.embedded.scheduler.matching import Spaces
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.embedded.scheduler.scores import SCORES
from lab_tools.embedded.scheduler.terms import ENDED, NAME
from lab_tools.objects import Object
from lab_tools.objects.placement import tolerated

_PHRASES = {
    "node(s) were unschedulable": "Está acordonado.",
    "node(s) didn't match the requested node name": "El Pod pide otro nodo por su nombre.",
    "node(s) had untolerated taint(s)": "Tiene un taint que el Pod no tolera.",
    "node(s) didn't match Pod's node affinity/selector": "No tiene las etiquetas que el Pod exige.",
    "node(s) didn't have free ports for the requested pod ports": "Un puerto del nodo que el Pod pide ya está ocupado.",
    "Too many pods": "Ya tiene todos los Pods que admite.",
    volumes.NO_VOLUMES: "No hay ningún volumen libre que sirva a su petición.",
    volumes.TOO_MANY: "Ya tiene todos los discos que admite.",
    volumes.OTHER_ZONE: "El volumen del Pod es de otra zona.",
    volumes.TAKEN: "Otro Pod usa ya esa petición, que solo admite uno (ReadWriteOncePod).",
    volumes.OUT_OF_REACH: "El volumen del Pod no llega a este nodo.",
    "node(s) didn't match pod topology spread constraints (missing required label)":
        "No tiene la etiqueta por la que hay que repartir.",
    "node(s) didn't match pod topology spread constraints": "El reparto quedaría más desigual de lo permitido.",
    "node(s) didn't match pod affinity rules": "Aquí no están los Pods con los que quiere estar.",
    "node(s) didn't match pod anti-affinity rules": "Aquí hay un Pod con el que no quiere estar.",
    "node(s) didn't satisfy existing pods anti-affinity rules": "Aquí hay un Pod que no quiere estar con él.",
}  # fmt: skip
_MARKS = {
    "NodeResourcesFit": "Mejor cuanto más libre quede el nodo.",
    "NodeResourcesBalancedAllocation": "Mejor cuanto más parejos queden CPU y memoria.",
    "ImageLocality": "Mejor si ya tiene la imagen, y más cuanto más pese.",
    "TaintToleration": "Peor por cada taint PreferNoSchedule que no tolera.",
    "NodeAffinity": "Mejor cuantas más preferencias cumple.",
    "PodTopologySpread": "Mejor cuanto mejor repartidos queden los suyos.",
    "InterPodAffinity": "Mejor cuanto más le gusten los Pods que hay.",
}


def explain(pod: Object, world: list[NodeInfo], claims: volumes.Needs | None,
            held: Callable[[Demand, NodeInfo], Refusal | None], spaces: Spaces) -> Object:  # fmt: skip
    """La explicación entera. `held` dice si el sitio que queda en un nodo está prometido a otro; `spaces`, las
    etiquetas de un Namespace.
    """
    bound = pod["spec"].get("nodeName", "")
    if bound:
        pod = {**pod, "spec": {key: value for key, value in pod["spec"].items() if key != "nodeName"}}
        world = [_without(node, pod) for node in world]
    demand = Demand(pod, world, claims, spaces=spaces)
    nodes = [_node(demand, node, held) for node in world]
    fitting = sorted((one for one in nodes if one["fits"]), key=lambda one: -one["total"])
    gates = [one["name"] for one in pod["spec"].get("schedulingGates") or ()]
    trouble = claims.trouble if claims is not None else ""
    return {"pod": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"], "node": bound, "gates": gates,
            "best": fitting[0]["node"] if fitting and not trouble else "",
            "phrase": _verdict(_place(pod, bound), gates, trouble, nodes, fitting), "nodes": nodes}  # fmt: skip


def _without(node: NodeInfo, pod: Object) -> NodeInfo:
    uid = pod["metadata"]["uid"]
    if uid not in node.pods:
        return node
    trial = node.copy()
    trial.remove(uid)
    return trial


def _node(demand: Demand, node: NodeInfo, held: Callable[[Demand, NodeInfo], Refusal | None]) -> Object:
    filters = [_filter(name, check(demand, node) if applies(demand) else None, applies(demand), demand, node)
               for name, check, applies in FILTERS]  # fmt: skip
    fits = all(one["passes"] for one in filters)
    if fits and (promised := held(demand, node)) is not None:
        fits = False
        filters.append({"filter": "NominatedPods", "applies": True, "passes": False,
                        "reason": ", ".join(promised.reasons),
                        "phrase": "El sitio que queda está prometido a un Pod más importante."})  # fmt: skip
    scores = [_score(name, weight, score(demand, node)) for name, weight, score, applies in SCORES
              if fits and applies(demand)]  # fmt: skip
    return {"node": node.name, "fits": fits, "filters": filters, "scores": scores,
            "total": round(sum(one["points"] for one in scores), 2)}  # fmt: skip


def _filter(name: str, refusal: Refusal | None, applies: bool, demand: Demand, node: NodeInfo) -> Object:
    passes = refusal is None
    phrase = "No le afecta." if not applies else "Pasa."
    if refusal is not None:
        phrase = " ".join(dict.fromkeys(_detail(reason, demand, node) for reason in refusal.reasons))
    return {"filter": name, "applies": applies, "passes": passes, "phrase": phrase,
            "reason": ", ".join(refusal.reasons) if refusal is not None else ""}  # fmt: skip


def _score(name: str, weight: int, mark: float) -> Object:
    return {"score": name, "weight": weight, "mark": round(mark, 2), "points": round(weight * mark, 2),
            "phrase": _MARKS.get(name, "")}  # fmt: skip


def _detail(reason: str, demand: Demand, node: NodeInfo) -> str:
    """Un motivo, con lo que se pueda señalar de este nodo."""
    if reason.startswith("Insufficient "):
        return _room(reason.removeprefix("Insufficient "), demand, node)
    if reason == "node(s) had untolerated taint(s)":
        taint = next(one for one in node.taints
                     if one["effect"] != "PreferNoSchedule" and not tolerated(one, demand.tolerations))  # fmt: skip
        value = f"={taint['value']}" if taint.get("value") else ""
        return f"Tiene el taint {taint['key']}{value}:{taint['effect']}, que el Pod no tolera."
    if reason == "node(s) didn't match Pod's node affinity/selector":
        missing = [f"{key}={value}" for key, value in (demand.pod["spec"].get("nodeSelector") or {}).items()
                   if node.labels.get(key) != value]  # fmt: skip
        return f"No tiene la etiqueta {', '.join(missing)}." if missing else _PHRASES[reason]
    if reason.endswith("requested pod ports"):
        busy = sorted(f"{port[2]}/{port[1]}" for port in demand.ports if node.is_busy(port))
        return f"El puerto {', '.join(busy)} del nodo ya está ocupado."
    return _PHRASES.get(reason, reason)


def _room(name: str, demand: Demand, node: NodeInfo) -> str:
    whole = node.allocatable.get(name, 0)
    left, asked = max(whole - node.taken.get(name, 0), 0), demand.requests.get(name, 0)
    return f"De {name} pide {_amount(name, asked)} y quedan {_amount(name, left)} de {_amount(name, whole)}."


def _amount(name: str, value: int) -> str:
    if name == "cpu":
        return f"{value / 1000:g}".replace(".", ",")
    return f"{value / 2**20:.4g} Mi".replace(".", ",") if name in ("memory", "ephemeral-storage") else str(value)


def _place(pod: Object, bound: str) -> str:
    """Por qué nadie le busca nodo: ya lo tiene, se está borrando, o lo ha de buscar otro. Vacío si lo busca este."""
    other = pod["spec"].get("schedulerName", NAME)
    if bound:
        over = (pod.get("status") or {}).get("phase") in ENDED
        return f"Acabó en {bound}." if over else f"Está en {bound}."
    if pod["metadata"].get("deletionTimestamp"):
        return "Se está borrando: ya nadie le busca nodo."
    return f"Pide otro planificador, {other}, y este no lo mira." if other != NAME else ""


def _verdict(place: str, gates: list[str], trouble: str, nodes: list[Object], fitting: list[Object]) -> str:
    if gates:
        return f"Nadie lo mira todavía: espera a que le quiten {', '.join(gates)} de schedulingGates."
    choice = _choice(trouble, nodes, fitting)
    return f"{place} Si hubiera que elegir ahora: {choice[0].lower()}{choice[1:]}" if place else choice


def _choice(trouble: str, nodes: list[Object], fitting: list[Object]) -> str:
    if not nodes:
        return "No hay ningún nodo."
    if trouble:
        return f"No puede ir a ninguno de los {len(nodes)} nodos: {trouble}."
    if not fitting:
        why = Counter(next(one for one in node["filters"] if not one["passes"])["filter"] for node in nodes)
        said = ", ".join(f"{count} por {name}" for name, count in why.most_common())
        total = "No cabe en el único nodo" if len(nodes) == 1 else f"No cabe en ninguno de los {len(nodes)} nodos"
        return f"{total}: {said}."
    best = fitting[0]
    points = f"{best['total']:g}".replace(".", ",")
    return f"Cabe en {len(fitting)} de {len(nodes)}; el mejor es {best['node']}, con {points} puntos."
