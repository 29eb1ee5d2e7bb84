"""Qué palabras no conocen ni hunspell ni la casa.

Además de las de `palabras.txt`, valen los tipos de Kubernetes que el clúster sirve (de su tabla), las siglas, los
identificadores (lo que lleva una mayúscula dentro) y un verbo con sus pronombres detrás («descárgalo»), que hunspell
no trae.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from lab_tools.objects.kinds import ALL

OWN = Path(__file__).parent / "palabras.txt"
LANGUAGE = "es_ES"
_NAME = re.compile(r"\w*[a-z][A-Z]\w*|\w*[A-ZÁÉÍÓÚÑ]\w*[A-ZÁÉÍÓÚÑ]\w*")
_PRONOUNS = re.compile(r"(?:(?:me|te|se|nos)?(?:lo|la|los|las|le|les)|me|te|se|nos)$")


def available() -> bool:
    """Si hay hunspell y su diccionario español."""
    if shutil.which("hunspell") is None:
        return False
    asked = subprocess.run(["hunspell", "-D"], input="", capture_output=True, text=True, timeout=60)
    return LANGUAGE in asked.stdout + asked.stderr


@cache
def own() -> frozenset[str]:
    """Las palabras de la casa: las de la lista y los tipos de Kubernetes, en singular y en plural."""
    lines = [line.strip() for line in OWN.read_text(encoding="utf-8").splitlines()]
    kinds = [name for kind in ALL for name in (kind.kind, f"{kind.kind}s", f"{kind.kind}es", kind.plural)]
    return frozenset([*(line for line in lines if line and not line.startswith("#")), *kinds])


def unknown(words: Iterable[str]) -> set[str]:
    """Las palabras que nadie conoce. En la lista, una en minúscula vale de cualquier manera."""
    ours = own()
    told = {word for word in words if not (word in ours or word.lower() in ours or _NAME.fullmatch(word))}
    strange = _unlisted(told)
    verbs = {word: _verb(word) for word in strange}
    wrong = _unlisted(verb for verb in verbs.values() if verb)
    return {word for word, verb in verbs.items() if not verb or verb in wrong}


def _verb(word: str) -> str:
    """El verbo sin sus pronombres ni la tilde que traían: «descárgalo» es «descarga». Vacío si no los lleva."""
    bare = _PRONOUNS.sub("", word.lower())
    if bare == word.lower() or len(bare) < 3:
        return ""
    return "".join(letter for letter in unicodedata.normalize("NFD", bare) if letter != "\u0301")


def _unlisted(words: Iterable[str]) -> set[str]:
    """Las que no están en el diccionario de hunspell."""
    asked = "\n".join(sorted(set(words)))
    command = ["hunspell", "-d", LANGUAGE, "-i", "utf-8", "-l"]
    done = subprocess.run(
        command, input=asked, capture_output=True, text=True, encoding="utf-8", timeout=120, check=True
    )
    return set(done.stdout.split())
