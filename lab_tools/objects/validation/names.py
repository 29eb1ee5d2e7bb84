"""Las reglas de los nombres: qué texto vale como nombre, etiqueta, puerto o clave, y cómo se dice que no.

Cada función devuelve los mensajes (en inglés, con la puntuación exacta); ninguno si el texto vale.
Fuente: https://github.com/kubernetes/apimachinery/blob/v0.36.0/pkg/util/validation/validation.go
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache

Check = Callable[[str], tuple[str, ...]]

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
LABEL_VALUE = f"({QUALIFIED})?"
CONFIG_KEY = "[-._a-zA-Z0-9]+"
PERCENT = "[0-9]+%"

_LABEL, _SUBDOMAIN, _QUALIFIED = re.compile(LABEL), re.compile(SUBDOMAIN), re.compile(QUALIFIED)
_LABEL_VALUE, _CONFIG_KEY, _PERCENT = re.compile(LABEL_VALUE), re.compile(CONFIG_KEY), re.compile(PERCENT)
_PORT_CHARACTERS, _LETTER = re.compile("[-a-z0-9]+"), re.compile("[a-z]")
_LABEL_1035 = re.compile(LABEL_1035)
_PRINTABLE_BUT_EQUAL = re.compile("[ -<>-~]+")
_CACHED = lru_cache(maxsize=2048)


def _regex(text: str, pattern: str, *examples: str) -> str:
    shown = ",  or ".join(f"'{example}'" for example in examples)
    return f"{text} (e.g. {shown}, regex used for validation is '{pattern}')"


_QUALIFIED_TEXT = _regex("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
                         "alphanumeric character", QUALIFIED, "MyName", "my.name", "123-abc")  # fmt: skip
_LABEL_TEXT = _regex("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
                     "start and end with an alphanumeric character", LABEL, "my-name", "123-abc")  # fmt: skip
_LABEL_1035_TEXT = _regex("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
                          "alphabetic character, and end with an alphanumeric character", LABEL_1035,
                          "my-name", "abc-123")  # fmt: skip
_SUBDOMAIN_TEXT = _regex("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
                         "'.', and must start and end with an alphanumeric character", SUBDOMAIN,
                         "example.com")  # fmt: skip
_LABEL_VALUE_TEXT = _regex("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
                           "'.', and must start and end with an alphanumeric character", LABEL_VALUE,
                           "MyValue", "my_value", "12345")  # fmt: skip
_CONFIG_KEY_TEXT = _regex("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", CONFIG_KEY,
                          "key.name", "KEY_NAME", "key-name")  # fmt: skip
_PERCENT_TEXT = _regex("a valid percent string must be a numeric string followed by an ending '%'", PERCENT,
                       "1%", "93%")  # fmt: skip


def too_long(limit: int) -> str:
    """El mensaje de un texto con más de `limit` caracteres."""
    return f"must be no more than {limit} characters"


def between(low: int, high: int) -> str:
    """El mensaje de un número fuera de sus límites."""
    return f"must be between {low} and {high}, inclusive"


@_CACHED
def dns_label(value: str) -> tuple[str, ...]:
    """Una etiqueta de DNS: el nombre de un contenedor, de un Namespace."""
    if len(value) > 63:
        return (too_long(63),) if _LABEL.fullmatch(value) else (too_long(63), _LABEL_TEXT)
    if _LABEL.fullmatch(value):
        return ()
    return ("must not contain dots",) if _SUBDOMAIN.fullmatch(value) else (_LABEL_TEXT,)


@_CACHED
def dns_1035_label(value: str) -> tuple[str, ...]:
    """Una etiqueta de DNS que empieza por letra: los nombres de un tipo propio."""
    messages = (too_long(63),) if len(value) > 63 else ()
    return messages if _LABEL_1035.fullmatch(value) else (*messages, _LABEL_1035_TEXT)


@_CACHED
def dns_subdomain(value: str) -> tuple[str, ...]:
    """Un nombre de DNS: el de casi todos los objetos."""
    messages = (too_long(253),) if len(value) > 253 else ()
    return messages if _SUBDOMAIN.fullmatch(value) else (*messages, _SUBDOMAIN_TEXT)


def path_segment(value: str) -> tuple[str, ...]:
    """Cualquier cosa que quepa en una ruta: los nombres de RBAC."""
    if value in (".", ".."):
        return (f"may not be '{value}'",)
    return tuple(f"may not contain '{bad}'" for bad in "/%" if bad in value)


@_CACHED
def qualified_name(value: str) -> tuple[str, ...]:
    """Un nombre con prefijo opcional: las claves de etiquetas y anotaciones."""
    prefix, slash, name = value.rpartition("/")
    if "/" in prefix:
        optional = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return (f"a valid label key {_QUALIFIED_TEXT} {optional}",)
    messages = _prefix(prefix) if slash else ()
    if not name:
        return (*messages, "name part must be non-empty", f"name part {_QUALIFIED_TEXT}")
    if len(name) > 63:
        messages = (*messages, f"name part {too_long(63)}")
    return messages if _QUALIFIED.fullmatch(name) else (*messages, f"name part {_QUALIFIED_TEXT}")


def _prefix(prefix: str) -> tuple[str, ...]:
    if not prefix:
        return ("prefix part must be non-empty",)
    return tuple(f"prefix part {message}" for message in dns_subdomain(prefix))


@_CACHED
def label_value(value: str) -> tuple[str, ...]:
    """El valor de una etiqueta."""
    messages = (too_long(63),) if len(value) > 63 else ()
    return messages if _LABEL_VALUE.fullmatch(value) else (*messages, _LABEL_VALUE_TEXT)


def config_key(value: str) -> tuple[str, ...]:
    """Una clave de ConfigMap o de Secret, que puede acabar siendo un archivo."""
    messages = (too_long(253),) if len(value) > 253 else ()
    if not _CONFIG_KEY.fullmatch(value):
        return (*messages, _CONFIG_KEY_TEXT)
    if value in (".", ".."):
        return (*messages, f"must not be '{value}'")
    return (*messages, "must not start with '..'") if value.startswith("..") else messages


def port_name(value: str) -> tuple[str, ...]:
    """El nombre de un puerto."""
    tests = (
        (len(value) > 15, too_long(15)),
        (
            not _PORT_CHARACTERS.fullmatch(value),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (not _LETTER.search(value), "must contain at least one letter (a-z)"),
        ("--" in value, "must not contain consecutive hyphens"),
        (value.startswith("-") or value.endswith("-"), "must not begin or end with a hyphen"),
    )
    return tuple(message for broken, message in tests if broken)


def port_number(value: int) -> tuple[str, ...]:
    """Un número de puerto."""
    return () if 1 <= value <= 65535 else (between(1, 65535),)


def port(value: int | str) -> tuple[str, ...]:
    """Un puerto, por número o por nombre."""
    return port_name(value) if isinstance(value, str) else port_number(value)


def env_name(value: str) -> tuple[str, ...]:
    """El nombre de una variable de entorno: cualquier carácter imprimible menos el igual."""
    if _PRINTABLE_BUT_EQUAL.fullmatch(value):
        return ()
    return ("a valid environment variable name must consist only of printable ASCII characters other than '='",)


def percent(value: str) -> tuple[str, ...]:
    """Un tanto por ciento."""
    return () if _PERCENT.fullmatch(value) else (_PERCENT_TEXT,)


def ip(value: str) -> tuple[str, ...]:
    """Una dirección IP."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return ("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",)
    return ()


def no_backsteps(value: str) -> tuple[str, ...]:
    """Una ruta que no retrocede."""
    return ("must not contain '..'",) if ".." in value.split("/") else ()


def not_negative(value: int) -> tuple[str, ...]:
    """Un número que no baja de cero."""
    return () if value >= 0 else ("must be greater than or equal to 0",)
