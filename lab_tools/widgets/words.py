"""Un dibujo contado con palabras: lo que oye quien no lo ve, y qué cambió entre un dibujo y el siguiente."""

from __future__ import annotations

from collections.abc import Iterable

from lab_tools.checks.wording import count
from lab_tools.widgets import spending
from lab_tools.widgets.spending import Part, Spending
from lab_tools.widgets.state import READY
from lab_tools.widgets.view import CURRENT, PREVIOUS, DeploymentView, NodeView, PodView, View

_AGES = {CURRENT: "versión vigente", PREVIOUS: "versión anterior"}
_SPOKEN = 4


def title(view: View) -> str:
    """El nombre del dibujo."""
    return f"Mapa del clúster, namespace {view.namespace}"


def describe(view: View) -> str:
    """El dibujo entero, en frases."""
    sentences = [_deployment(one) for one in view.deployments]
    sentences += [_node(one) for one in view.nodes]
    if view.waiting:
        sentences.append(f"Sin nodo: {_pods(view.waiting)}.")
    if not view.nodes:
        sentences.append("El clúster no tiene nodos.")
    return " ".join(sentences)


def describe_pod(pod: PodView) -> str:
    """Un Pod en una línea."""
    said = [f"{pod.name}: {pod.status} ({pod.state.word})", f"imagen {pod.image}"]
    if pod.age in _AGES:
        said.append(f"revisión {pod.revision}, {_AGES[pod.age]}")
    if pod.restarts:
        said.append(count(pod.restarts, "reinicio", "reinicios"))
    return ", ".join(said)


def changes(before: View, after: View) -> list[str]:
    """Lo que cambió en los Pods, una frase por cambio: nacidos y cambiados primero, después los que ya no están."""
    old = {pod.name: pod for pod in before.pods}
    new = {pod.name: pod for pod in after.pods}
    said = []
    for name, pod in new.items():
        was = old.get(name)
        if was is None:
            said.append(f"{name} nace: {pod.status}{_place(pod)}")
        elif was.status != pod.status or was.state != pod.state:
            said.append(f"{name}: {_step(was, pod)}")
    return said + [f"{name} ya no está" for name in old if name not in new]


def announcement(said: list[str], view: View) -> str:
    """Lo que se lee en voz alta: pocos cambios y la cuenta de lo que está listo."""
    if not said:
        return ""
    more = f" y {count(len(said) - _SPOKEN, 'cambio', 'cambios')} más" if len(said) > _SPOKEN else ""
    return f"{'; '.join(said[:_SPOKEN])}{more}. {_score(view.pods)}."


def rows(view: View) -> list[dict[str, str]]:
    """Los Pods como filas de una tabla, con las columnas que interesan."""
    return [
        {
            "Pod": pod.name,
            "STATUS": pod.status,
            "Estado": pod.state.word,
            "Nodo": pod.node or "—",
            "Imagen": pod.image,
            "Revisión": str(pod.revision or "—"),
        }
        for pod in view.pods
    ]


def node_rows(view: View) -> list[dict[str, str]]:
    """Los nodos como filas de una tabla: cómo están y lo que gastan, si se mide."""
    return [
        {
            "Nodo": node.name,
            "Estado": standing(node),
            "Pods": str(len(node.pods)),
            "CPU": _of(spending.cores(node.spending.cpu.used), node.spending.cpu) if node.spending else "—",
            "Memoria": _of(spending.size(node.spending.memory.used), node.spending.memory) if node.spending else "—",
        }
        for node in view.nodes
    ]


def standing(node: NodeView) -> str:
    """El estado de un nodo, como lo escribe kubectl."""
    return ("Ready" if node.ready else "NotReady") + (", SchedulingDisabled" if node.cordoned else "")


def describe_spending(spent: Spending) -> str:
    """Lo que gasta un nodo, en una línea."""
    return (
        f"{spending.percent(spent.cpu)} de {spending.cores(spent.cpu.size)} y "
        f"{spending.percent(spent.memory)} de {spending.size(spent.memory.size)} de memoria"
    )


def _of(used: str, part: Part) -> str:
    return f"{used} ({spending.percent(part)})"


def _step(was: PodView, now: PodView) -> str:
    if was.status == now.status:
        return f"{now.status}, {now.state.word}"
    ready = ", listo" if now.state is READY else ""
    return f"de {was.status} a {now.status}{ready}"


def _place(pod: PodView) -> str:
    return f" en {pod.node}" if pod.node else ", aún sin nodo"


def _score(pods: Iterable[PodView]) -> str:
    everyone = list(pods)
    ready = sum(pod.state is READY for pod in everyone)
    return f"Listos: {ready} de {len(everyone)}"


def _deployment(one: DeploymentView) -> str:
    parts = ", ".join(
        f"{count(g.pods, 'Pod', 'Pods')} de la revisión {g.revision} con {g.image}" for g in one.generations
    )
    return f"Deployment {one.name}: pide {one.wanted}, {one.ready} listos{'; ' + parts if parts else ''}."


def _node(node: NodeView) -> str:
    notes = [] if node.ready else ["NotReady"]
    notes += ["sin admitir Pods nuevos"] if node.cordoned else []
    state = f" ({', '.join(notes)})" if notes else ""
    spent = f", gasta {describe_spending(node.spending)}" if node.spending else ""
    return f"Nodo {node.name}{state}{spent}: {_pods(node.pods) if node.pods else 'sin Pods'}."


def _pods(pods: Iterable[PodView]) -> str:
    return "; ".join(describe_pod(pod) for pod in pods)
