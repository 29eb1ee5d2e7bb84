"""De qué habla una ruta de la API: colección u objeto, en qué namespace, y si se guarda.

Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology
"""

from __future__ import annotations

from dataclasses import dataclass

# Preguntas que se hacen como si se creara algo: no guardan nada.
_QUESTIONS = ("authentication.k8s.io", "authorization.k8s.io")


@dataclass(frozen=True)
class Address:
    """Una ruta de la API. `name` vacío: la colección. `resource` es «pods», «namespaces»…"""

    group: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def stored(self) -> bool:
        """Si habla de objetos que se guardan, y no de un subrecurso o de una pregunta."""
        return not self.subresource and self.group not in _QUESTIONS


def parse(path: str) -> Address | None:
    """La dirección, o None si la ruta no es de objetos (versiones, documentación, puertas)."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, rest = "", parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, rest = parts[1], parts[3:]
    else:
        return None
    if rest[0] == "namespaces" and len(rest) > 2 and not (len(rest) == 3 and rest[2] in ("status", "finalize")):
        return Address(group, rest[2], rest[1], *_rest(rest[3:]))
    return Address(group, rest[0], "", *_rest(rest[1:]))


def _rest(parts: list[str]) -> tuple[str, str]:
    return (parts[0] if parts else "", "/".join(parts[1:]))
