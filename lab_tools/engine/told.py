"""Lo que el motor contesta cuando no puede, contado en español y con su cura.

Los textos son los de Docker Engine (https://docs.docker.com/reference/api/engine/). Manda la primera fila que aparece.
"""

from __future__ import annotations

import re

from lab_tools.errors import ClusterError

_START = "Arráncalo: en Linux, «sudo systemctl start docker»; en macOS y Windows, abre Docker Desktop."

_ROWS: tuple[tuple[str, str, str], ...] = (
    (r"[Pp]ermission ?[Dd]enied.*(?:socket|connect)|PermissionError",
     "El motor de contenedores está, pero tu usuario no tiene permiso para hablar con él.",
     "Añádete a su grupo: sudo usermod -aG docker $USER. Cierra la sesión, vuelve a entrar y repite."),
    (r"Connection aborted|Connection refused|No such file or directory.*|Error while fetching server API version|"
     r"Max retries exceeded",
     "El motor de contenedores no contesta.", _START),
    (r"[Rr]ead timed out", "El motor de contenedores ha tardado demasiado en contestar.",
     "Mira si está ocupado (docker stats) y repite."),
    (r"no space left on device", "El motor se ha quedado sin disco.",
     "Mira qué ocupa (docker system df), borra lo que no se usa (docker system prune) y repite."),
    (r"port is already allocated|address already in use|port '?(\d+)'? is already in use",
     "Otro programa ocupa ya un puerto que esto publica.", "Ciérralo o elige otro puerto, y repite."),
    (r"This node is not a swarm manager", "Este motor no dirige ningún Swarm.", "Empieza uno con: orquesta swarm init"),
    (r"This node is already part of a swarm", "Este motor ya está en un Swarm.",
     "Úsalo, o sal antes de él con: docker swarm leave --force"),
    (r"invalid reference format|invalid repository name", "Ese nombre de imagen no vale.",
     "El registro va en minúsculas, sin espacios y sin «https://» delante: localhost:5001, ghcr.io/mi-escuela."),
    (r"server gave HTTP response to HTTPS client|http: server gave HTTP",
     "El registro habla HTTP sin cifrar, y el motor solo se fía así de los de esta máquina.",
     'Si es de confianza, añade {"insecure-registries": ["REGISTRO"]} a /etc/docker/daemon.json (en Docker Desktop: '
     "Settings, Docker Engine), reinicia el motor y repite."),
    (r"x509: |certificate (?:signed by|is not|has expired|is valid)",
     "El motor no se fía del certificado del registro.",
     "Si lo firma tu organización, deja su autoridad en /etc/docker/certs.d/REGISTRO/ca.crt y repite; si ha caducado, "
     "avisa a quien lo lleva."),
    (r"(?:no such host|network is unreachable|i/o timeout|TLS handshake timeout|server misbehaving|"
     r"connection refused|Client\.Timeout|certificate)",
     "El motor no llega al registro de imágenes.",
     "Comprueba la red y el proxy del motor; o no uses registro: una imagen que ya tengas, o «--base local»."),
    (r"toomanyrequests", "El registro de imágenes no te deja bajar más por ahora.",
     "Identifícate (docker login), espera, o usa una imagen que ya tengas."),
    (r"pull access denied|manifest (?:unknown|for \S+ not found)|repository does not exist|[Nn]o such image",
     "Esa imagen no está en el motor ni en el registro.", "Revisa su nombre, o constrúyela con: orquesta image build"),
    (r"no basic auth credentials|authentication required|unauthorized|[Ii]ncorrect username or password",
     "El registro no sabe quién eres.", "Identifícate y repite: docker login REGISTRO"),
    (r"requested access to the resource is denied|denied: ?\S*|insufficient[_ ]scope|403 Forbidden",
     "El registro no te deja escribir ahí.",
     "Identifícate (docker login REGISTRO) y revisa el proyecto que pones en --prefix: el tuyo, o uno en el que puedas "
     "escribir."),
    (r"name unknown|repository name not known|RepositoryNotFound",
     "El registro no tiene ese repositorio, y no los crea al subir.",
     "Créalo antes en su página (uno por imagen) y repite."),
    (r"413 Request Entity Too Large|blob upload unknown|unexpected HTTP status: 5\d\d",
     "El registro ha dejado la subida a medias.",
     "Repítelo: lo ya subido no se envía otra vez. Si insiste, mira si le queda disco o si un proxy limita el tamaño."),
)  # fmt: skip


def told(error: Exception) -> ClusterError:
    """El error de siempre, con lo que dijo el motor al final: es lo que se busca."""
    said = " ".join(str(getattr(error, "explanation", None) or error).split())
    for pattern, message, cure in _ROWS:
        if re.search(pattern, said):
            return ClusterError(f"{message}\n  {said[-400:]}", cure)
    return ClusterError(f"El motor de contenedores no ha podido: {said[-400:]}", "Repítelo cuando lo hayas mirado.")
