"""La puerta: de rutas y JSON a verbos, y vuelta, como una función pura.

`handle(petición) → respuesta` sirve igual a kubectl (a través de `server`), a la corrección y a un
navegador, que la llaman en proceso. Aquí vive lo que un cliente ve por el cable: descubrimiento, formas de
respuesta, vigilancias, errores con las palabras del servidor real, y la puerta propia `/orquesta/v1`. Aquí
nunca se decide si un objeto es válido (eso es de `api`), ni se abren sockets, ni se mira el reloj de pared.
"""

from lab_tools.embedded.rest.handler import RestHandler
from lab_tools.embedded.rest.message import Request, Response, Session, Stream
from lab_tools.embedded.user import User

__all__ = ["Request", "Response", "RestHandler", "Session", "Stream", "User"]
