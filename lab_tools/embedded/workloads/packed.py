"""La tabla del curso en la forma que se lee al arrancar: la misma que `workloads.yaml`, ya interpretada.

Leer YAML cuesta una décima parte de lo que tarda en nacer un clúster, y casi todo es importar quien lo lee. Lo que se
guarda dice de qué texto sale: si `workloads.yaml` cambió, se interpreta él. Para rehacerla:
`python -m lab_tools.embedded.workloads.packed` (lo hace `make fix`).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCE, PACKED = HERE / "workloads.yaml", HERE / "workloads.json"
Entries = list[dict[str, Any]]


def entries(source: Path = SOURCE, packed: Path = PACKED) -> Entries:
    """Las imágenes de la tabla, ya leídas o, si lo leído es de otro texto, leyéndolas ahora."""
    text = source.read_bytes()
    return _saved(packed, _digest(text)) or parsed(text)


def parsed(text: bytes) -> Entries:
    """Las imágenes de un texto YAML."""
    import yaml  # pesa: solo lo paga quien cambió la tabla

    found: Entries = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["images"]
    return found


def pack(text: bytes) -> str:
    """Lo que se guarda: de qué texto sale y sus imágenes."""
    saved = {"source": _digest(text), "images": parsed(text)}
    return json.dumps(saved, ensure_ascii=False, separators=(",", ":")) + "\n"


def _saved(packed: Path, digest: str) -> Entries:
    try:
        saved = json.loads(packed.read_bytes())
    except FileNotFoundError:
        return []
    found: Entries = saved["images"] if saved["source"] == digest else []
    return found


def _digest(text: bytes) -> str:
    # Quien clona con otros finales de línea tiene la misma tabla.
    return hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()


if __name__ == "__main__":
    PACKED.write_text(pack(SOURCE.read_bytes()), encoding="utf-8")
