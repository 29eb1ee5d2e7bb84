"""Una sesión sola en su contenedor: no se bifurca, y el contenedor muere con ella.

El motor ya dio los espacios de nombres, el disco y los procesos contados; aquí se ponen los límites del núcleo y el
filtro seccomp. Todo va por un socket: primero las órdenes (`ready`, `open`) y después, las celdas.

Se arranca con `python -m inside.alone RUTA`, donde RUTA es el socket en que espera el corrector.
"""

from __future__ import annotations

import socket
import sys

from . import places, session, settle, walls, wire, zygote


def main(arguments: list[str]) -> int:
    """Se conecta, importa, espera los límites y trabaja. Devuelve el código con que termina el proceso."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    channel.connect(arguments[0])
    (places.HOUSE / places.TEMPORARY).mkdir(exist_ok=True)  # adonde lleva /tmp en la imagen
    zygote.warm()
    shell = session.prepare()
    wire.send(channel, {"ready": True})
    frame = wire.receive(channel)
    if frame is None:
        return 0
    limits = frame[0]["open"]
    if not settle.settle(channel, lambda: None, lambda: walls.lock(limits, count_processes=False)):
        return 70
    session.work(shell, channel)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
