"""Quitar soluciones sin llevarse el texto de partida.

nbgrader borra entera una celda de solución que no marca dónde empieza lo suyo. El cuaderno de un laboratorio ya viene
sin soluciones y con un texto de partida que el estudiante ha de recibir; solo se quita lo que va entre las marcas.
"""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import ClearSolutions


class ClearMarkedSolutions(ClearSolutions):  # type: ignore[misc]  # nbgrader no trae tipos
    """`ClearSolutions` de nbgrader, limitado a lo que hay entre las marcas y a las celdas vacías."""

    def preprocess_cell(self, cell: NotebookNode, resources: Any, cell_index: int) -> tuple[NotebookNode, Any]:
        start = cell.source
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if utils.is_solution(cell) and start.strip() and self.begin_solution_delimeter not in start:
            cell.source = start
        return cell, resources
