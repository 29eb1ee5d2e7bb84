"""El mundo de fuera del clúster: unos pocos dominios reservados que siempre están y contestan.

Son los de RFC 2606 (example.com y los suyos), con direcciones de RFC 5737: nadie de verdad vive en ellas.
"""

from __future__ import annotations

import hashlib

from lab_tools.embedded.network.walk import Reply

_DOMAINS = ("example.com", "example.net", "example.org")
_PREFIX = "198.51.100."
PORTS = (80, 443, 5432)
PAGE = "<!doctype html><title>Example Domain</title><h1>Example Domain</h1>\n"


def addresses(name: str) -> list[str]:
    """Las direcciones de un nombre de fuera; ninguna si no existe."""
    if not any(name == domain or name.endswith("." + domain) for domain in _DOMAINS):
        return []
    return [f"{_PREFIX}{1 + hashlib.sha256(name.encode()).digest()[0] % 253}"]


def inhabited(address: str) -> bool:
    """Si en una dirección de fuera hay alguien que conteste."""
    return address.startswith(_PREFIX)


def reply(method: str) -> Reply:
    """Lo que contesta cualquiera de ellos por HTTP."""
    return Reply(200, "" if method == "HEAD" else PAGE, {"content-type": "text/html"})
