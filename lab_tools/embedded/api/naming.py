"""Nombres e identidades: al azar para quien mira, decididos por la semilla para quien repite."""

from __future__ import annotations

import random
from collections.abc import Collection

# Sin vocales ni caracteres que se confunden, como `k8s.io/apimachinery/pkg/util/rand`.
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
SUFFIX_LENGTH = 5
MAX_GENERATED_BASE = 58


def suffix(rng: random.Random, length: int = SUFFIX_LENGTH) -> str:
    """Letras y cifras al azar, sin vocales."""
    return "".join(rng.choices(ALPHABET, k=length))


def generate(base: str, rng: random.Random) -> str:
    """El nombre completo de un `generateName`."""
    return base[:MAX_GENERATED_BASE] + suffix(rng)


def uid(rng: random.Random) -> str:
    """Un UUID de la versión 4."""
    bits = (rng.getrandbits(128) & ~(0xF << 76) | 4 << 76) & ~(0x3 << 62) | 0x2 << 62
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def fresh_uid(rng: random.Random, taken: Collection[str]) -> str:
    """Un UUID que nadie tiene. El que sustituye a uno ocupado sale de él: la suerte de los demás no se mueve."""
    found = uid(rng)
    while found in taken:
        found = uid(random.Random(found))
    return found
