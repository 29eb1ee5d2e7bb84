"""El juicio sobre lo que amplía la API: las definiciones de tipos propios.

Pesa y casi ningún clúster lo usa: se importa la primera vez que hace falta.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation.problem import Problem


def definition(crd: Object) -> Iterator[Problem]:
    """Los problemas de una CustomResourceDefinition."""
    from lab_tools.objects.custom import judge

    yield from judge.validate(crd)


def definition_update(new: Object, old: Object) -> Iterator[Problem]:
    """Lo que no puede cambiar de una CustomResourceDefinition."""
    from lab_tools.objects.custom import judge

    yield from judge.validate_update(new, old)
