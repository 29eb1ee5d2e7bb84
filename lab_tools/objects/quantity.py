"""Cantidades de Kubernetes: «500m», «1.5Gi», «2e3».

Las mismas reglas que `resource.Quantity` de Go: decimales exactos, precisión de una milmillonésima
(lo que sobra se redondea alejándose de cero) y una forma canónica, que es la que la API guarda.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal
from functools import lru_cache

Quantity = str | int | float | Decimal

_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY_SUFFIX = {power: suffix for suffix, power in _BINARY.items()}
_DECIMAL_SUFFIX = {power: suffix for suffix, power in _DECIMAL.items()}

# El mismo corte que hace Go: signo, dígitos, letras de sufijo, signo y dígitos del exponente.
_PARTS = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)")
_EXPONENT = re.compile(r"[eE]([-+]?[0-9]+)")

_NANO = Decimal("1e-9")
_LARGEST = Decimal(2**63 - 1)
_EXACT = Context(prec=400, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)

WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
WRONG_NUMBER = "unable to parse numeric part of quantity"
WRONG_SUFFIX = "unable to parse quantity's suffix"


def parse(quantity: Quantity) -> Decimal:
    """El valor exacto, en la unidad base (núcleos, bytes, piezas).

    Lanza `ValueError` con el texto de Go si no es una cantidad.
    """
    return _parsed(_text(quantity))[0]


def canonical(quantity: Quantity) -> str:
    """La forma en que la API guarda la cantidad: «1000m» es «1», «1024Ki» es «1Mi», «0.5» es «500m»."""
    return _canonical(_text(quantity))


def equal(one: Quantity, other: Quantity) -> bool:
    """Si dos cantidades valen lo mismo, se escriban como se escriban."""
    return parse(one) == parse(other)


def millicores(quantity: Quantity) -> int:
    """La cantidad en milésimas, redondeada alejándose de cero: así se cuenta la CPU."""
    return _whole(_text(quantity), 1000)


def bytes_(quantity: Quantity) -> int:
    """La cantidad en unidades enteras, redondeada alejándose de cero: así se cuenta la memoria."""
    return _whole(_text(quantity), 1)


def from_millicores(amount: int) -> str:
    """La forma canónica de una CPU en milésimas: 1500 es «1500m», 2000 es «2»."""
    return _canonical(f"{amount}m")


def add(one: Quantity, other: Quantity) -> str:
    """La suma, escrita como el primer sumando (como el segundo, si el primero es cero): así la escribe Go."""
    (a, family), (b, second) = _parsed(_text(one)), _parsed(_text(other))
    return _written(a + b, family if a else second)


def subtract(one: Quantity, other: Quantity) -> str:
    """La resta, escrita como `add`."""
    (a, family), (b, second) = _parsed(_text(one)), _parsed(_text(other))
    return _written(a - b, family if a else second)


def _text(quantity: Quantity) -> str:
    if isinstance(quantity, str):
        return quantity
    if isinstance(quantity, bool) or not isinstance(quantity, (int, float, Decimal)):
        raise ValueError(WRONG_FORMAT)
    return str(quantity)


@lru_cache(maxsize=4096)
def _whole(text: str, factor: int) -> int:
    return int(_EXACT.multiply(_parsed(text)[0], Decimal(factor)).to_integral_value(ROUND_UP))


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[Decimal, str]:
    """Valor y familia del sufijo: «binary», «decimal» o «exponent»."""
    found = _PARTS.fullmatch(text)
    if not text or not found:
        raise ValueError(WRONG_FORMAT)
    sign, whole, fraction, suffix = found[1], found[2], found[3] or "", found[4]
    factor, family = _factor(suffix)
    if not whole and not fraction:
        raise ValueError(WRONG_NUMBER)
    value = _EXACT.multiply(Decimal(f"{whole or '0'}.{fraction or '0'}"), factor)
    value = _LARGEST if value > _LARGEST else value.quantize(_NANO, ROUND_UP, context=_EXACT)
    return (-value if sign == "-" else value) + 0, family


def _factor(suffix: str) -> tuple[Decimal, str]:
    if suffix in _DECIMAL:
        return Decimal(1).scaleb(_DECIMAL[suffix]), "decimal"
    if suffix in _BINARY:
        return Decimal(1024 ** _BINARY[suffix]), "binary"
    exponent = _EXPONENT.fullmatch(suffix)
    if exponent and abs(int(exponent[1])) < 2**31:
        # Más allá de estos límites el resultado ya es el mayor o el menor que cabe.
        return Decimal(1).scaleb(max(-300, min(300, int(exponent[1])))), "exponent"
    raise ValueError(WRONG_SUFFIX)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    value, family = _parsed(text)
    if not value:
        return "0"
    # Por debajo de 1024, o con decimales, el sufijo binario perdería precisión: Go pasa al decimal.
    if family == "binary" and abs(value) >= 1024 and value == value.to_integral_value():
        number, power = int(value), 0
        while number % 1024 == 0 and power < 6:
            number, power = number // 1024, power + 1
        return f"{number}{_BINARY_SUFFIX.get(power, '')}"
    number, exponent = _scaled(value)
    if family == "exponent":
        return f"{number}e{exponent}" if exponent else str(number)
    return f"{number}{_DECIMAL_SUFFIX[exponent]}"


def _written(value: Decimal, family: str) -> str:
    if family == "binary" and value % 1024 == 0:
        return _canonical(f"{int(value) // 1024}Ki")
    return _canonical(format(value, "f"))


def _scaled(value: Decimal) -> tuple[int, int]:
    """El menor entero y el exponente, múltiplo de tres, que valen lo mismo."""
    exponent = -9
    number = int(_EXACT.multiply(value, Decimal(10**9)))
    while number % 1000 == 0 and exponent < 18:
        number, exponent = number // 1000, exponent + 3
    return number, exponent
