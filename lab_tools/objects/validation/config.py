"""El juicio sobre ConfigMap y Secret.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names
from lab_tools.objects.validation.problem import Problem, forbidden, invalid, required, too_long

LIMIT = 1024 * 1024
WHEN_IMMUTABLE = "field is immutable when `immutable` is set"
ACCOUNT = "kubernetes.io/service-account.name"
# Claves sin las que un Secret de cada tipo no sirve. En `basic-auth` basta con una de las dos.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}


def config_map(obj: Object) -> Iterator[Problem]:
    """Los problemas de un ConfigMap."""
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    for key in sorted(data):
        yield from checks.each(names.config_key(key), f"data[{key}]", key)
        if key in binary:
            yield invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    for key in sorted(binary):
        yield from checks.each(names.config_key(key), f"binaryData[{key}]", key)
    if sum(len(text.encode()) for text in data.values()) + sum(map(_decoded, binary.values())) > LIMIT:
        yield too_long("", LIMIT)


def secret(obj: Object) -> Iterator[Problem]:
    """Los problemas de un Secret."""
    data, kind = obj.get("data") or {}, obj.get("type", "")
    for key in sorted(data):
        yield from checks.each(names.config_key(key), f"data[{key}]", key)
    if sum(map(_decoded, data.values())) > LIMIT:
        yield too_long("data", LIMIT)
    yield from (required(f"data[{key}]") for key in NEEDED.get(kind, ()) if key not in data)
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & set(data):
        yield required("data[username]")
        yield required("data[password]")
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    if kind == "kubernetes.io/service-account-token" and not annotations.get(ACCOUNT):
        yield required(f"metadata.annotations[{ACCOUNT}]")
    for key in (".dockercfg", ".dockerconfigjson"):
        if key in NEEDED.get(kind, ()) and key in data and not _is_json(data[key]):
            yield invalid(f"data[{key}]", "<secret contents redacted>", "invalid character in JSON")


def immutable_update(new: Object, old: Object) -> Iterator[Problem]:
    """Lo que se declaró inmutable se queda como está."""
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield forbidden("immutable", WHEN_IMMUTABLE)
    for key in ("data", "binaryData"):
        if (new.get(key) or {}) != (old.get(key) or {}):
            yield forbidden(key, WHEN_IMMUTABLE)


def secret_update(new: Object, old: Object) -> Iterator[Problem]:
    """El tipo de un Secret no cambia nunca."""
    yield from checks.immutable(new, old, "type")
    yield from immutable_update(new, old)


def _decoded(text: str) -> int:
    return len(text) * 3 // 4 - text.count("=")


def _is_json(encoded: str) -> bool:
    try:
        json.loads(base64.b64decode(encoded))
    except ValueError:
        return False
    return True
