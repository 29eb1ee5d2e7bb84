"""Los sitios de una entrega, con el nombre que tienen dentro. Fuera también hacen falta, para montarlos y llenarlos."""

from __future__ import annotations

from pathlib import Path

HOUSE = Path("/estudiante")  # el único sitio donde se escribe, con lo de aquí debajo
WORK, HOME, TEMPORARY = FOLDERS = ("entrega", "casa", "tmp")
SCRATCH = Path("/orquesta-tmp")  # donde escribe un trabajador mientras arranca; cada entrega lo tapa con lo suyo
