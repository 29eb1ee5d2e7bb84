"""Quién pide: el nombre y los grupos de una petición, ya autenticada."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """Una identidad. Los grupos deciden lo que puede hacer (véase `access`)."""

    name: str
    groups: tuple[str, ...] = ()


# Los componentes del propio clúster, que llegan en proceso y no pasan por la puerta.
SYSTEM = User("system:apiserver", ("system:masters",))
