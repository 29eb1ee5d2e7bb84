"""La lista de órdenes dice la verdad: cada una la escribe la prueba que se nombra, y toda prueba está en la lista.

Se leen las pruebas, no se ejecutan: una orden está escrita si una llamada de esa función lleva sus palabras.
"""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.kubectl.conftest import VERSIONS

HERE = Path(__file__).parent
# Órdenes que no salen de la máquina de quien las escribe: no le piden nada al clúster.
AT_HOME = ("alpha", "completion", "config", "kuberc", "kustomize", "plugin")
ORDERS: dict[str, str] = yaml.safe_load((HERE / "orders.yaml").read_text(encoding="utf-8"))


@cache
def functions(file: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def written(function: ast.FunctionDef) -> list[list[str]]:
    """Los textos de cada llamada y de cada tupla de la función, en orden; de un f-string, su principio."""
    groups = [node for node in ast.walk(function) if isinstance(node, ast.Call | ast.Tuple)]
    return [[text for part in _parts(group) if (text := _text(part))] for group in groups]


def _parts(group: ast.AST) -> list[ast.expr]:
    return group.args if isinstance(group, ast.Call) else group.elts if isinstance(group, ast.Tuple) else []


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def is_typed(order: str, words: list[str]) -> bool:
    """Si unas palabras empiezan por las de la orden y llevan sus opciones, con cualquier valor."""
    wanted = order.split()
    verb = [word for word in wanted if not word.startswith("-")]
    options = [word for word in wanted if word.startswith("-")]
    starts = words[:1] == verb[:1] and all(any(one.startswith(word) for one in words) for word in verb)
    return starts and all(any(one == word or one.startswith((f"{word}=", word)) for one in words) for word in options)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_order_of_the_binary_is_forgotten(version: str) -> None:
    text = subprocess.run([VERSIONS[version], "--help"], capture_output=True, text=True, check=True).stdout
    offered = {line.split()[0] for line in text.splitlines() if line.startswith("  ") and line[2:3].isalpha()}
    assert len(offered) > 40
    assert offered - {order.split()[0] for order in ORDERS} - set(AT_HOME) - {"kubectl"} == set()


@pytest.mark.parametrize("order", ORDERS)
def test_each_order_is_typed_by_its_test(order: str) -> None:
    file, _, name = ORDERS[order].partition("::")
    function = functions(file).get(name)
    assert function is not None, f"no hay {name} en {file}"
    assert any(is_typed(order, words) for words in written(function)), f"{name} no escribe «kubectl {order}»"


def test_an_order_without_its_options_is_another_one() -> None:
    assert is_typed("get pods -o wide", ["get", "pods", "-o", "wide", "-l", "a=b"])
    assert is_typed("create role --verb", ["create", "role", "r", "--verb=get"])
    assert not is_typed("get pods -w", ["get", "pods", "-o", "wide"])
    assert not is_typed("rollout undo", ["rollout", "status", "deploy/web"])
    assert not is_typed("delete pod", ["wait", "--for=delete", "pod"])
