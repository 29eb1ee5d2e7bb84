"""CEL, el idioma en que una CustomResourceDefinition y una política de admisión dicen sus reglas.

`parse` convierte un texto en un árbol; `check` le pone tipos y señala lo que no existe; `compile` hace de él una
función de sus variables. Los valores son los de Python (`int`, `str`, `list`, `dict`…) más los pocos tipos que le
faltan (`values`). Las funciones están en tablas: las del idioma en `library`, las que añade Kubernetes en `text`,
`lists` y `network`. Aquí no se sabe qué es un objeto de Kubernetes: solo se calcula. Nada se importa hasta que alguien
escribe una regla. Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md y
https://kubernetes.io/docs/reference/using-api/cel/
"""

from __future__ import annotations

from lab_tools.objects.cel.compiler import Program, compile
from lab_tools.objects.cel.fault import CelError, CompileError
from lab_tools.objects.cel.types import BOOL, DYN, STRING, Type

__all__ = ["BOOL", "DYN", "STRING", "CelError", "CompileError", "Program", "Type", "compile"]
