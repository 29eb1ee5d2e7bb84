"""Quién pide: el nombre y los grupos de una petición, ya autenticada."""

from __future__ import annotations

from dataclasses import dataclass

AUTHENTICATED = "system:authenticated"
Extra = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class User:
    """Una identidad. Los grupos deciden lo que puede hacer (véase `access`).

    `limited` marca la que nació de la credencial de estudiante o de una cuenta de servicio: por muchos roles
    que le den, no pasa de lo que la casa deja hacer a quien estudia. `extra` son pares (clave, valores).
    """

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Extra = ()
    limited: bool = False


# Los componentes del propio clúster, que llegan en proceso y no pasan por la puerta.
SYSTEM = User("system:apiserver", ("system:masters",))
