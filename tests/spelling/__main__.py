"""`python -m tests.spelling`: dice cada palabra desconocida con su archivo y su línea; termina con 1 si hay alguna."""

from __future__ import annotations

import sys

from tests.spelling import dictionary, prose


def main() -> int:
    """Devuelve 0 si se conocen todas las palabras, 1 si no, y 2 si falta hunspell."""
    if not dictionary.available():
        print("Falta hunspell con su diccionario español: apt-get install hunspell hunspell-es", file=sys.stderr)
        return 2
    strange = found()
    for place, word in strange:
        print(f"{place}: «{word}»")
    print(f"{len(prose.files())} archivos; {len({word for _, word in strange})} palabras desconocidas.")
    return 1 if strange else 0


def found() -> list[tuple[str, str]]:
    """Las palabras desconocidas, con su archivo y su línea."""
    seen = [
        (f"{path.relative_to(prose.ROOT)}:{line}", word) for path in prose.files() for line, word in prose.words(path)
    ]
    strange = dictionary.unknown(word for _, word in seen)
    return [(place, word) for place, word in seen if word in strange]


if __name__ == "__main__":
    sys.exit(main())
