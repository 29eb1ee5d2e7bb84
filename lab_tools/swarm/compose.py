"""Leer un archivo de Compose, en la parte que un Swarm entiende.

Lo que `docker stack deploy` no hace caso se dice (`ignored`); lo que no existe, o está mal escrito, se rechaza con su
sitio en el archivo. Fuente: https://docs.docker.com/reference/compose-file/legacy-versions/
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lab_tools import files
from lab_tools.errors import ManifestError, UsageError

_TOP = {"version", "name", "services", "networks", "configs", "secrets", "volumes"}
_SERVICE = {
    "image", "command", "entrypoint", "environment", "ports", "networks", "healthcheck", "stop_grace_period",
    "stop_signal", "user", "working_dir", "read_only", "init", "labels", "volumes", "configs", "secrets", "deploy",
    "hostname", "cap_drop", "cap_add",
}  # fmt: skip
# Compose los tiene, y un Swarm los deja pasar sin hacerles caso.
_IGNORED = {"depends_on", "restart", "container_name", "build", "links", "network_mode", "expose", "privileged",
            "security_opt", "cpus", "mem_limit", "profiles"}  # fmt: skip
_DEPLOY = {"mode", "replicas", "labels", "update_config", "rollback_config", "restart_policy", "resources", "placement",
           "endpoint_mode"}  # fmt: skip

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)")
_UNITS = {"us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmg])b?", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\}|(?P<named>[A-Za-z_]\w*))")
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3}


@dataclass(frozen=True)
class Compose:
    """Lo leído. `ignored`: lo que un Swarm no hace, en frases. `folder`: de donde salen los archivos que nombra."""

    services: dict[str, dict[str, Any]]
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    volumes: dict[str, dict[str, Any]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    folder: Path = Path()


def read(path: Path) -> Compose:
    """Lee un archivo. Lanza UsageError si no está y ManifestError si no se entiende."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = files.reason(error) if isinstance(error, OSError) else "no es texto"
        raise UsageError(f"No puedo leer «{path}»: {why}.", "Revisa la ruta.") from error
    return parse(text, str(path), path.parent)


def parse(text: str, file: str = "", folder: Path = Path()) -> Compose:
    """Entiende un texto. Lanza ManifestError con lo que no existe o no vale."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ManifestError("Esto no es YAML.", "Revisa la sangría y las comillas.", file=file,
                            line=mark.line + 1 if mark else 0) from error  # fmt: skip
    if not isinstance(found, dict) or not isinstance(found.get("services"), dict) or not found["services"]:
        raise ManifestError(
            "Aquí no hay «services», que es lo que un Compose lleva.", "Escribe al menos uno.", file=file
        )
    found = _filled(found)
    _known(found, _TOP, set(), "", file)
    ignored: list[str] = []
    for name, service in found["services"].items():
        if not isinstance(service, dict) or not service.get("image"):
            raise ManifestError(f"El servicio «{name}» no dice su imagen.", "Un Swarm no construye: escribe «image».",
                                file=file)  # fmt: skip
        ignored += _known(service, _SERVICE, _IGNORED, f"services.{name}", file)
        ignored += _known(service.get("deploy") or {}, _DEPLOY, set(), f"services.{name}.deploy", file)
    parts = {key: _parts(found.get(key), key, file) for key in ("networks", "configs", "secrets", "volumes")}
    services = {str(name): dict(service) for name, service in found["services"].items()}
    return Compose(services, **parts, ignored=tuple(ignored), folder=folder)


def duration(value: Any, place: str) -> int:
    """«1m30s» en nanosegundos. Lanza ManifestError si no es una duración."""
    text = str(value)
    found = _DURATION.findall(text)
    if not found or "".join(f"{number}{unit}" for number, unit in found) != text:
        raise ManifestError(f"«{value}» no es una duración, en {place}.", "Escríbela así: 10s, 1m30s, 500ms.")
    return round(sum(float(number) * _UNITS[unit] for number, unit in found))


def size(value: Any, place: str) -> int:
    """«64M» en bytes; las letras son potencias de 1024. Lanza ManifestError si no es un tamaño."""
    found = _SIZE.fullmatch(str(value))
    if found is None and not str(value).isdecimal():
        raise ManifestError(f"«{value}» no es un tamaño, en {place}.", "Escríbelo así: 64M, 1G.")
    return int(str(value)) if found is None else round(float(found[1]) * 1024 ** _POWERS[found[2].lower()])


def pairs(value: Any) -> dict[str, str]:
    """Un mapa, o una lista de NOMBRE=VALOR, como mapa."""
    if isinstance(value, list):
        value = dict(str(one).partition("=")[::2] for one in value)
    return {str(key): "" if one is None else _scalar(one) for key, one in (value or {}).items()}


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _filled(value: Any) -> Any:
    """Lo mismo, con `${VARIABLE}` y `${VARIABLE:-otro}` sacadas del entorno y `$$` hecho `$`, como `docker stack`."""
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one) for one in value]
    return _VARIABLE.sub(_value, value) if isinstance(value, str) else value


def _value(found: re.Match[str]) -> str:
    name = found["braced"] or found["named"]
    if not name:
        return "$"
    given = os.environ.get(name, "")
    return given if given or found["default"] is None else found["default"]


def _parts(value: Any, key: str, file: str) -> dict[str, dict[str, Any]]:
    if value is not None and not isinstance(value, dict):
        raise ManifestError(f"«{key}» no es un mapa de nombres.", "Escribe cada nombre seguido de «:».", file=file)
    return {str(name): dict(one or {}) for name, one in (value or {}).items()}


def _known(found: dict[str, Any], known: set[str], ignored: set[str], place: str, file: str) -> list[str]:
    """Lo que se ignora, en frases. Lanza ManifestError con todo lo que no existe."""
    strange = sorted(key for key in map(str, found) if key not in known | ignored and not key.startswith("x-"))
    if strange:
        where = f" en {place}" if place else ""
        raise ManifestError(f"Un Swarm no conoce {', '.join(f'«{key}»' for key in strange)}{where}.",
                            f"Lo que conoce ahí: {', '.join(sorted(known))}.", file=file)  # fmt: skip
    return [f"{place}.{key}: un Swarm no le hace caso" for key in sorted(ignored & set(found))]
