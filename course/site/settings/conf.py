"""Lo que Sphinx necesita saber. Las fuentes las prepara `course.site.book`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent

project = "Orquesta"
author = "El equipo de Orquesta"
project_copyright = "CC BY-SA 4.0, el equipo de Orquesta"
language = "es"
extensions = ["myst_nb", "course.site.words", "course.site.excerpts"]

nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
# Sin fórmulas: para pintarlas Sphinx pide MathJax a una red de fuera. Una cuenta se escribe con palabras.
myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 3
# Un capítulo usa los encabezados como le conviene, y un archivo que se descarga no es una referencia.
suppress_warnings = ["myst.header"]

html_theme = "sphinx_book_theme"
html_title = "Orquesta"
html_static_path = [str(_HERE.parent / "static")]
html_css_files = ["orquesta.css"]
html_js_files = ["glosario-datos.js", "glosario.js", "preguntas.js"]
html_sourcelink_suffix = ""
html_copy_source = True
html_show_sphinx = False
html_last_updated_fmt = None
html_theme_options = {
    "toc_title": "En esta página",
    "use_download_button": True,
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    # Sin esto, el tema añade una segunda barra con otra caja de búsqueda.
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
}


def setup(app: Any) -> None:
    """Los datos de las páginas los dejó `book` entre las fuentes."""
    app.config.html_static_path.append(str(Path(app.srcdir) / "_datos"))
