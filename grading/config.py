"""nbgrader configurado para este curso, por sus propios ajustes: en español, con notas de confianza y sin red.

`configure` sirve igual para el `nbgrader_config.py` de un curso (y entonces `nbgrader autograde` y el formgrader hacen
lo mismo que nosotros) que para las órdenes que se ejecutan dentro de este proceso con `course`.
"""

from __future__ import annotations

import atexit
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbgrader
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    GetGrades,
    IgnorePattern,
    LimitOutput,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grading import logs
from grading.evidence import ShowEvidence
from grading.execute import TrustedExecute
from grading.restore import RestoreCells
from grading.stage import Stage, Submission
from lab_tools.errors import GradingError

if TYPE_CHECKING:
    from grading.workbench import Workbench

TEMPLATES = Path(__file__).parent / "templates"
CODE_STUB = "# ESCRIBE AQUÍ TU SOLUCIÓN"
TEXT_STUB = "ESCRIBE AQUÍ TU RESPUESTA"
CONFIG_FILE = "nbgrader_config.py"
CELL_SECONDS = 60
NOTEBOOK_SECONDS = 300


def configure(config: Any, labs: Path, *, private: Path | None = None, walled: bool = True) -> None:
    """Escribe en `config` los ajustes del curso. `labs` es la carpeta con los laboratorios.

    `private` es la carpeta de quien enseña (véase `lab_tools.labs.private`). `walled=False` corrige sin aislamiento:
    es para quien lo pide con `--no-sandbox`.
    """
    _spanish(config)
    config.Autograde.sanitize_preprocessors = [
        ClearOutput,
        RestoreCells,
        DeduplicateIds,
        OverwriteKernelspec,
        CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        TrustedExecute,
        IgnorePattern,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    config.RestoreCells.add_missing_cells = True
    config.TrustedExecute.open_stage = functools.partial(_open_stage, labs=labs, private=private, walled=walled)
    config.TrustedExecute.timeout = CELL_SECONDS
    config.TrustedExecute.notebook_timeout = NOTEBOOK_SECONDS
    # La salida ya la recorta TrustedExecute, y lo dice en español.
    config.LimitOutput.max_lines = config.LimitOutput.max_traceback = -1
    _feedback(config)


def _open_stage(submission: Submission, labs: Path, private: Path | None, walled: bool) -> Stage:
    """El escenario de verdad. Publicar un laboratorio no necesita un clúster: se importa al corregir."""
    from grading.lab_stage import LabStage

    return LabStage(submission, _workbench(labs, private, walled))


@functools.cache
def _workbench(labs: Path, private: Path | None, walled: bool) -> Workbench:
    """El banco de trabajo de este proceso: se monta una vez y se cierra al terminar."""
    from grading.workbench import Workbench

    bench = Workbench(labs, private, walled=walled)
    atexit.register(bench.close)
    return bench


def _spanish(config: Any) -> None:
    clear = config.ClearSolutions
    clear.code_stub = {"python": CODE_STUB}
    clear.text_stub = TEXT_STUB
    clear.begin_solution_delimeter = "INICIO SOLUCIÓN"
    clear.end_solution_delimeter = "FIN SOLUCIÓN"
    config.ClearHiddenTests.begin_test_delimeter = "INICIO PRUEBAS OCULTAS"
    config.ClearHiddenTests.end_test_delimeter = "FIN PRUEBAS OCULTAS"
    config.ClearMarkScheme.begin_mark_scheme_delimeter = "INICIO CRITERIOS"
    config.ClearMarkScheme.end_mark_scheme_delimeter = "FIN CRITERIOS"
    config.RestoreCells.missing_cell_notification = (
        "Esta celda (id: {cell_id}) no estaba en la entrega. Se ha repuesto al corregir.\n\n"
    )


def _feedback(config: Any) -> None:
    """Nuestra plantilla se llama como la de nbgrader y va delante; las del formgrader siguen siendo suyas."""
    config.GenerateFeedback.preprocessors = [GetGrades, ShowEvidence]
    config.GenerateFeedback.exporter_class = "grading.pages.Page"
    stock = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(stock)]
    config.HTMLExporter.sanitize_html = True
    config.HTMLExporter.filters = {
        "clean_html": "grading.sanitize.clean_html", "markdown2html": "grading.sanitize.markdown2html"
    }  # fmt: skip
    config.HTMLExporter.exclude_anchor_links = True
    config.HTMLExporter.language_code = "es"


def course(course_dir: Path, labs: Path, *, private: Path | None = None, walled: bool = True) -> CourseDirectory:
    """El curso de nbgrader en `course_dir`, listo para sus conversores: lo que diga su `nbgrader_config.py` manda.

    Lanza GradingError si la carpeta no vale o si ese archivo no se puede leer.
    """
    root = course_dir.resolve()
    if not root.is_dir():
        raise GradingError(f"No hay ningún curso en «{course_dir}».", "Publica antes un laboratorio en esa carpeta.")
    config = Config()
    configure(config, labs, private=private, walled=walled)
    config.CourseDirectory.course_id = "orquesta"
    config.merge(_written(root))
    config.CourseDirectory.root = str(root)
    config.TrustedExecute.open_stage = functools.partial(_open_stage, labs=labs, private=private, walled=walled)
    return CourseDirectory(config=config, log=logs.logger())


def _written(root: Path) -> Config:
    """Lo que quien enseña haya puesto en el `nbgrader_config.py` del curso; nada si no lo tiene."""
    if not (root / CONFIG_FILE).is_file():
        return Config()
    try:
        found: Config = PyFileConfigLoader(CONFIG_FILE, path=str(root)).load_config()
        return found
    except Exception as error:  # el archivo es un programa de quien enseña: puede fallar de cualquier manera
        raise GradingError(
            f"«{root / CONFIG_FILE}» no se puede leer: {type(error).__name__}: {error}.",
            "Corrígelo, o bórralo y repite «orquesta grade init».",
        ) from error


def write_config(course_dir: Path, labs: Path) -> Path:
    """Escribe el `nbgrader_config.py` del curso: con él, las órdenes de nbgrader hacen lo mismo que las nuestras."""
    path = course_dir / CONFIG_FILE
    path.write_text(
        '"""Hecho por Orquesta al publicar un laboratorio. Cámbialo a tu gusto: no se vuelve a escribir."""\n\n'
        "from pathlib import Path\n\n"
        "from grading.config import configure\n\n"
        "c = get_config()  # noqa: F821  (lo pone nbgrader)\n"
        'c.CourseDirectory.course_id = "orquesta"\n'
        f"configure(c, labs=Path({str(labs.resolve())!r}))\n",
        encoding="utf-8",
    ) if not path.exists() else None
    return path
