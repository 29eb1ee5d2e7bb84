"""Las rutas de las columnas y de las réplicas llevan a donde dicen."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.objects.custom import path

OBJ = {
    "spec": {"color": "red", "a.b": 1, "list": [{"name": "x"}, {"name": "y"}]},
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Old", "status": "False"}]},
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (".spec.color", ["red"]),
        (".spec.nope", []),
        (".spec.list[1].name", ["y"]),
        (".spec.list[*].name", ["x", "y"]),
        (".spec.list[-1].name", ["y"]),
        (".spec['a.b']", [1]),
        (r".spec.a\.b", [1]),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".status.conditions[?(@.type!='Ready')].status", ["False"]),
    ],
)
def test_a_path_leads_to_its_values(text: str, found: list[Any]) -> None:
    assert path.compile(text)(OBJ) == found


@pytest.mark.parametrize("text", [".spec[", ".spec[?(", "..", ".a b["])
def test_a_path_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(path.PathError):
        path.compile(text)
