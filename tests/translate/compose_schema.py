"""Saca el esquema de Compose del paquete que lo publica, fijado, y lo deja junto a las pruebas.

    python -m pip download --no-deps docker-compose==1.29.2
    python -m tests.translate.compose_schema docker_compose-1.29.2-py2.py3-none-any.whl

El esquema es de la especificación de Compose y del paquete docker-compose (Docker, Inc.), con licencia Apache 2.0.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

INSIDE = "compose/config/compose_spec.json"
HERE = Path(__file__).with_name("compose_spec.json")


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        schema = json.loads(archive.read(INSIDE))
    HERE.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
