"""Las líneas abiertas: vigilancias, `logs -f` y conversaciones que siguen cuando su petición ya se contestó.

Un servidor que se cae las corta todas; quien las tenía ha de volver a llamar.
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.embedded.rest.message import Response, Session, Stream
from lab_tools.embedded.user import User


class Lines:
    """Quién tiene abierto qué por una puerta."""

    def __init__(self) -> None:
        self._open: list[tuple[User, Stream | Session]] = []

    def fork_state(self) -> dict[str, list[tuple[User, Stream | Session]]]:
        """Quien escucha al original no escucha a la copia."""
        return {"_open": []}

    def keep(self, user: User, response: Response) -> None:
        """Apunta lo que una respuesta deja abierto, si deja algo."""
        line = response.session or (response.body if not isinstance(response.body, bytes) else None)
        if line is not None:
            self._open = [(who, one) for who, one in self._open if not one.closed]
            self._open.append((user, line))

    def cut(self, loses: Callable[[User], bool]) -> None:
        """Corta las de quien `loses` diga."""
        kept, self._open = self._open, []
        for user, line in kept:
            if loses(user):
                line.close()
            else:
                self._open.append((user, line))
