"""La ley: la única pieza que escribe en el almacén.

Una escritura se admite, se completa, se valida (todos los problemas a la vez), recibe versión y se guarda.
Aquí viven el protocolo que usan los componentes (`Api`) y su versión en proceso (`ApiServer`). Aquí nunca
hay rutas, JSON, sockets ni controladores: esos llegan por la puerta (`rest`) o por el protocolo.
"""

from lab_tools.embedded.api.protocol import Api, Event, Listing, Options, Subscription
from lab_tools.embedded.api.server import ApiServer

__all__ = ["Api", "ApiServer", "Event", "Listing", "Options", "Subscription"]
