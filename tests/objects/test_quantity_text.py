"""El programa que fabrica la descripción de una cantidad."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import lab_tools.objects as room

DATA = Path(room.__file__).parent / "data"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_quantity", DATA / "make_quantity.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_comment_of_the_type_is_its_description(generator: ModuleType) -> None:
    assert generator.text("/**\n * Uno.\n *\n * \tDos.\n */\nexport type Quantity = string;\n") == "Uno.\n\n\tDos."
    with pytest.raises(ValueError, match="no describe Quantity"):
        generator.text("export type Otra = string;")


def test_the_same_description_makes_the_same_bytes(generator: ModuleType) -> None:
    assert generator.pack("Uno.") == generator.pack("Uno.")


def test_another_package_is_not_taken_for_the_pinned_one(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "otro.tgz"
    package.write_bytes(b"otro")
    monkeypatch.setattr("sys.argv", ["make_quantity.py", str(package)])
    with pytest.raises(SystemExit, match="npm pack kubernetes-types"):
        generator.main()
