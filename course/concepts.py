"""El índice de conceptos: dónde enseña el libro cada uno de los que se propuso enseñar.

`conceptos.yaml` dice cuáles y en qué capítulo; el apartado lo encuentra este programa en la prosa.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

COURSE = Path(__file__).resolve().parent
_SPLIT = re.compile(r"^(#{1,3} .+)$", re.M)
# Ni el código, ni las salidas, ni la cabecera de jupytext cuentan como enseñar algo; el nombre en `monoespaciada`, sí.
_NOT_PROSE = re.compile(r"\A---\n.*?\n---\n|^```.*?^```$", re.S | re.M)
_REPEATED = ("Glosario", "Comprueba lo que sabes")
_PRESENTED = 3  # lo que pesa que un apartado lo escriba en cursiva o en negrita: ahí se presenta


@dataclass(frozen=True)
class Concept:
    """Un concepto: cómo sale en el índice, cómo puede estar escrito y la carpeta del capítulo que lo enseña."""

    name: str
    forms: tuple[str, ...]
    slug: str

    def where(self, text: str) -> str | None:
        """El título del apartado que lo lleva en el nombre o, si no lo hay, del que más habla de él; None si ninguno.

        Lo que el glosario del final y las preguntas repiten no es enseñarlo.
        """
        found = [(self._weight(f"{title} {body}"), title, teaches) for title, body, teaches in sections(text)]
        best = max(
            found, key=lambda one: (one[0] > 0 and one[2], self._weight(one[1]) > 0, one[0]), default=(0, "", False)
        )
        return best[1] if best[0] else None

    def _weight(self, body: str) -> int:
        wanted = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in self.forms)
        pattern = re.compile(rf"(?P<mark>[*`]*)(?<![\w-])(?:{wanted})(?:e?s)?(?![\w-])", re.I)
        return sum(_PRESENTED if "*" in found["mark"] else 1 for found in pattern.finditer(body))


def listed(path: Path = COURSE / "conceptos.yaml") -> list[Concept]:
    """Todos los conceptos, por orden de capítulo."""
    chapters: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [_concept(line, slug) for slug, lines in chapters.items() for line in lines]


def _concept(line: str, slug: str) -> Concept:
    forms = [form.strip() for form in line.split("|")]
    # «PersistentVolume (PV)»: la aclaración es del índice, no de la prosa.
    plain = re.sub(r" \([^)]*\)$", "", forms[0])
    return Concept(forms[0], (plain, *forms[1:]), slug)


def sections(text: str) -> list[tuple[str, str, bool]]:
    """Los apartados, en orden: su título, su prosa y si está ahí para enseñar.

    La entrada del capítulo, los errores y lo que va detrás solo valen si nadie más nombra el concepto.
    """
    parts = _SPLIT.split(_NOT_PROSE.sub("", text))[1:]
    found, teaches = [], True
    for line, body in zip(parts[::2], parts[1::2], strict=True):
        title = line.lstrip("#").strip()
        teaches = teaches and title != "Errores frecuentes"
        if title not in _REPEATED:
            found.append((title, body, teaches and not line.startswith("# ")))
    return found
