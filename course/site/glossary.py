"""El glosario: lo que los capítulos definen al final, reunido, y sus palabras enlazadas donde aparecen.

La definición vive en el capítulo, bajo «## Glosario», y manda la del primero que la trae. `course/glosario.yaml`
añade las formas que no salen solas («revisiones»), los términos que no caben en ningún capítulo y nada más.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import yaml

from course.site.shelf import CHAPTERS, ROOT, Entry

PAGE = "glosario"
_SECTION = re.compile(r"^## Glosario\n(.*?)(?=^## |^\+\+\+|\Z)", re.S | re.M)
_ITEM = re.compile(r"^- (\*\*.+?)(?=^- |\Z)", re.S | re.M)
_NAME = re.compile(r"\*\*([^*]+)\*\*")


@dataclass(frozen=True)
class Term:
    """Una entrada: sus nombres («Etiqueta», «selector»), cómo se presenta, qué dice y de qué capítulo es."""

    names: tuple[str, ...]
    heading: str
    says: str
    entry: Entry | None = None

    @property
    def anchor(self) -> str:
        """Su lugar en la página del glosario."""
        plain = unicodedata.normalize("NFD", self.names[0].lower()).encode("ascii", "ignore").decode()
        return "termino-" + re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def gather(entries: list[Entry], extra: Path = ROOT / "course" / "glosario.yaml") -> list[Term]:
    """Los términos de los capítulos escritos y los de `extra`, por orden alfabético y sin repetir ninguno."""
    found: dict[str, Term] = {}
    for entry in entries:
        for term in defined(entry.source.read_text(encoding="utf-8"), entry):
            found.setdefault(term.names[0].lower(), term)
    for name, item in _extra(extra).items():
        if "dice" in item:
            found.setdefault(name.lower(), Term((name,), name, item["dice"]))
    return sorted(found.values(), key=lambda term: term.anchor)


def defined(text: str, entry: Entry | None = None) -> list[Term]:
    """Los términos que define un capítulo: cada línea «- **Término**: qué es» de su glosario."""
    section = _SECTION.search(text)
    terms = []
    for item in _ITEM.findall(section[1]) if section else []:
        heading, _, says = " ".join(item.split()).partition(": ")
        terms.append(Term(tuple(_NAME.findall(heading)), heading.replace("**", ""), says))
    return [Term(term.names, term.heading, term.says, entry) for term in terms]


def forms(terms: list[Term], extra: Path = ROOT / "course" / "glosario.yaml") -> dict[str, Term]:
    """Cada manera de escribir un término en la prosa. Un nombre vale también en minúscula y en plural."""
    more = _extra(extra)
    found: dict[str, Term] = {}
    for term in terms:
        for name in term.names:
            also = more.get(name, {}).get("formas", [])
            for form in (name, *also):
                for written in (form, form[0].lower() + form[1:]):
                    for ending in ("", "s", "es"):
                        found.setdefault(written + ending, term)
    return found


def page(terms: list[Term]) -> str:
    """La página del glosario, en MyST."""
    lines = ["# Glosario", "", "Cada palabra, con lo que quiere decir aquí y el capítulo que la presenta.", ""]
    for term in terms:
        where = f" [Capítulo {int(term.entry.slug[:2])}]({CHAPTERS}/{term.entry.slug}.ipynb)." if term.entry else ""
        says = term.says[:1].upper() + term.says[1:]
        lines += [f"({term.anchor})=", f"## {term.heading}", "", f"{says}{where}", ""]
    return "\n".join(lines)


def _extra(path: Path) -> dict[str, dict[str, object]]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {} if path.is_file() else {}
