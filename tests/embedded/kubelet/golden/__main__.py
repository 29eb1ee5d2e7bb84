"""`python -m tests.embedded.kubelet.golden [NOMBRES]`: vuelve a escribir las historias."""

from __future__ import annotations

import sys

from . import story


def main(names: list[str]) -> int:
    """Escribe las historias nombradas (todas, si no se nombra ninguna) y dice cuáles cambiaron."""
    for situation in story.every():
        if names and situation.name not in names:
            continue
        text = story.write(situation)
        before = situation.after.read_text(encoding="utf-8") if situation.after.exists() else ""
        situation.after.write_text(text, encoding="utf-8")
        print(f"{'igual ' if text == before else 'cambió'}  {situation.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
