"""La red entera: `walk` dice a dónde llega una petición, y `resolve`, qué dirección tiene un nombre.

Nada se monta ni se vigila hasta que alguien pregunta: un clúster por el que no pasa tráfico no paga por su red.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.network.ask import Ask, PodKey
from lab_tools.embedded.network.ask import NoSource as NoSource
from lab_tools.embedded.network.weather import Weather
from lab_tools.objects import Object

if TYPE_CHECKING:
    from lab_tools.embedded.network.connection import Listens
    from lab_tools.embedded.network.names import Resolution
    from lab_tools.embedded.network.route import Route
    from lab_tools.embedded.network.walk import Walk


class Network:
    """La red de un clúster. `luck` reparte las conexiones; `listens` dice si en un puerto de un Pod escucha alguien.

    `address_of` da la dirección de un Pod que ya la tiene, aunque todavía no esté en su estado («» si no la tiene).
    """

    def __init__(self, api: Api, clock: Clock, luck: random.Random, listens: Listens,
                 address_of: Callable[[str, str], str] = lambda namespace, pod: "") -> None:  # fmt: skip
        self.weather = Weather()
        self._api, self._clock, self._luck = api, clock, luck
        self._listens, self._address_of = listens, address_of

    def walk(self, ask: Ask, *, rehearsal: bool = False) -> Walk:
        """El camino de una petición que sale ahora.

        Un ensayo (`rehearsal`) cuenta el camino que seguiría sin gastar suerte ni dejar recuerdo: para explicar.
        Lanza `NoSource` si el Pod que llama no existe o aún no tiene red.
        """
        return self.route.walk(ask, rehearsal=rehearsal)

    def resolve(self, name: str, namespace: str = "default", source: PodKey | None = None) -> Resolution:
        """La dirección de un nombre, vista desde un Pod (`source`) o desde uno cualquiera de un espacio de nombres."""
        return self.route.resolve(name, namespace, source)

    def query(self, source: PodKey | None, name: str, kind: str = "A", server: str = "") -> Resolution:
        """Pregunta por un nombre entero, sin sufijos. Sin `server`, a los de quien llama. Lanza `NoSource`."""
        return self.route.query(source, name, kind, server)

    def pod(self, key: PodKey) -> Object | None:
        """Un Pod con dirección y sin terminar, o `None`. La dirección vale aunque aún no se haya publicado."""
        return self.route.pod(key)

    def now(self) -> float:
        """La hora del clúster, en segundos."""
        return self._clock.now

    def measurable(self, namespace: str, pod: str, port: int) -> bool:
        """Si quien recoge métricas llega a ese puerto de un Pod: averías y políticas valen también para él."""
        return self.route.measurable((namespace, pod), port)

    def shadow(self, luck: random.Random, listens: Listens) -> Network:
        """La misma red (el mismo plano, las mismas averías, las mismas afinidades) con otra suerte: para ensayar.

        Lo que la sombra elija no se recuerda en la red de verdad.
        """
        from lab_tools.embedded.network.route import Route

        other = Network(self._api, self._clock, luck, listens, self._address_of)
        other.weather = self.weather
        other.route = Route(self.route.atlas, self._clock, luck, self.weather, listens, self._address_of, self.route)
        return other

    @cached_property
    def route(self) -> Route:
        """Las piezas, montadas la primera vez que alguien pregunta."""
        from lab_tools.embedded.network.atlas import Atlas
        from lab_tools.embedded.network.route import Route

        atlas = Atlas(self._api, self._clock)
        return Route(atlas, self._clock, self._luck, self.weather, self._listens, self._address_of)
