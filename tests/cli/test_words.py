"""La orden habla español, sale con el código debido y no enseña nunca una traza."""

from __future__ import annotations

import ast
import inspect
import io
import json
import os
import re
import string
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

from lab_tools.cli import messages, root, spanish
from lab_tools.errors import ClusterError, StatusError

# Palabras que solo aparecerían si una frase de click llega sin traducir.
ENGLISH = re.compile(
    r"\b(Usage|Options|OPTIONS|ARGS|Commands|Show|Error: (?![A-ZÁÉÍÓÚÑ¿])|Missing|Invalid|No such|Try|Got|unexpected|"
    r"requires|range|default|required|choose|Did you mean|argument|INTEGER|FLOAT|TEXT|RANGE|FILENAME|DIRECTORY)\b"
)

WRONG = [
    ["nada"], ["--nada"], ["cluster"], ["cluster", "nada"], ["cluster", "creat"], ["cluster", "create", "--nodos", "3"],
    ["cluster", "create", "--nodes"], ["cluster", "create", "--nodes", "x"], ["cluster", "create", "--nodes", "0"],
    ["cluster", "create", "--speed", "x"], ["cluster", "create", "--speed", "0"],
    ["cluster", "create", "--speed", "nan"], ["cluster", "status", ""],
    ["cluster", "create", "--port", "70000"],
    ["cluster", "create", "a", "b"], ["cluster", "create", "a", "b", "c"], ["cluster", "create", "--driver", "swarm"],
    ["cluster", "list", "--json=1"], ["cluster", "create", "Mayúsculas"], ["cluster", "create", "-x"],
    ["cluster", "delete", "../otro"], ["completion"], ["completion", "csh"], ["lab", "hint"],
    ["lab", "hint", "06", "a", "-n", "4"], ["lab", "report", "06"], ["lab", "load", "06", "http://api/", "--rps", "x"],
]  # fmt: skip


@pytest.mark.parametrize("args", WRONG, ids=" ".join)
def test_a_badly_written_command_is_told_in_spanish_with_code_2(
    args: list[str], inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.run(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err
    assert not ENGLISH.search(err), err
    assert not (inside / "orquesta").exists()


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = [path]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found += commands(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", commands(root.root), ids=" ".join)
def test_every_help_is_in_spanish_and_has_a_sentence(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run([*path, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Uso: orquesta {' '.join(path)}".strip())
    assert "Opciones:" in out
    assert not ENGLISH.search(out), out
    assert not re.search(r": \d+\.\d+[;\]]", out), "los números llevan coma, y no decimales de adorno"
    listed = out.partition("Órdenes:")[2]
    assert "..." not in listed, "en la lista cabe entero lo que hace cada orden"


def literals(module: ModuleType) -> set[str]:
    """Las frases que un módulo de click pasa a gettext."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return found


@pytest.mark.parametrize("module", [click.exceptions, click.parser, click.formatting], ids=lambda found: found.__name__)
def test_no_sentence_of_a_usage_error_is_missing_from_the_table(module: ModuleType) -> None:
    unreachable = {
        "Could not open file {filename!r}: {message}", "Invalid start character for option ({option})",
        "Argument {name!r} takes {nargs} values.",
    }  # fmt: skip
    assert literals(module) - set(spanish._SPANISH) - unreachable == set()


def test_a_translation_keeps_the_holes_of_its_sentence() -> None:
    def holes(text: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    for english, translated in spanish._SPANISH.items():
        assert holes(translated) <= holes(english)


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (ClusterError("Pasó esto.", "Haz esto otro."), 1, "Error: Pasó esto.\n  Haz esto otro.\n"),
        (
            StatusError({"message": 'pods "x" not found', "code": 404, "reason": "NotFound"}),
            1,
            'Error: la API responde «pods "x" not found» (404 NotFound).\n',
        ),
        (
            PermissionError(13, "Permission denied", "/una/carpeta/clusters"),
            1,
            "Error: No se puede usar «/una/carpeta/clusters»: no tienes permiso.\n",
        ),
        (KeyboardInterrupt(), 130, "Interrumpido: no ha quedado nada a medias.\n"),
        (RuntimeError("¡ay!"), 1, "Error: algo que no esperábamos: RuntimeError: ¡ay!\n"),
    ],
)
def test_each_way_of_failing_has_its_words_and_its_code(
    raised: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("lab_tools.drivers.named", fail)
    assert root.run(["cluster", "list"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err.lstrip("\n")
    assert "Traceback" not in err


def test_a_reader_that_leaves_is_not_an_error_to_tell() -> None:
    program = f"{sys.executable} -m lab_tools --help | true"
    done = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_nothing_heavy_is_imported_to_show_the_help() -> None:
    program = (
        "import sys; from lab_tools.cli.root import run; run(['--help']); run(['cluster', '--help'])\n"
        "print(sorted({'kubernetes', 'nbgrader', 'yaml', 'ssl', 'uvicorn', 'IPython', 'http', 'lab_tools.client'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_json_of_nothing_is_an_empty_list(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["cluster", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_looking_makes_no_folder(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["cluster", "list"]) == 0
    assert "orquesta cluster create" in capsys.readouterr().err
    assert list(inside.iterdir()) == []


@pytest.mark.parametrize("order", ["status", "start", "stop", "delete", "kubeconfig"])
def test_a_cluster_that_is_not_there_is_told_with_its_cure(
    order: str, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.run(["cluster", order, "nadie"]) == 1
    err = capsys.readouterr().err
    assert "No hay ningún clúster «nadie»." in err
    assert "orquesta cluster create nadie" in err
    assert list(inside.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        (["cluster", "list", "--json", "nada"], 2, "UsageError"),
        (["cluster", "status", "nadie", "--json"], 1, "ClusterError"),
        (["cluster", "create", "--speed", "nan", "--json"], 2, "UsageError"),
        (["lab", "check", "99", "--json"], 1, "ClusterError"),
    ],
)
def test_with_json_an_error_is_one_line_of_json_on_stderr(
    args: list[str], code: int, error: str, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.run(args) == code
    out, err = capsys.readouterr()
    told = json.loads(err)
    assert (out, told["error"], told["exit_code"]) == ("", error, code)
    assert told["message"]


def test_a_speed_can_be_written_as_spanish_writes_numbers() -> None:
    assert spanish.Decimal(0.01, 1000).convert("2,5", None, None) == 2.5


def test_a_range_is_told_with_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["cluster", "create", "--nodes", "0"]) == 2
    assert "entre 1 y 1000" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_without_our_letters_does_not_cut_a_sentence(encoding: str) -> None:
    program = "from lab_tools.cli import messages; messages.tolerate(); print('✔ mañana → ✘', '◐')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
    )
    said = done.stdout.decode(encoding).split()
    assert (said[0], said[2:], said[1].replace("ñ", "n")) == ("+", ["->", "x", "~"], "manana")


def test_a_closed_output_is_not_an_accident(inside: Path) -> None:
    program = f"{sys.executable} -m lab_tools cluster list >&-"
    done = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, "no esperábamos" in done.stderr) == (0, False)


def test_colours_are_not_forced_on_who_refuses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert messages.in_colour()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not messages.in_colour()
