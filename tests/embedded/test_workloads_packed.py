"""La tabla de imágenes ya leída: la misma, y nunca la de antes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lab_tools.embedded.workloads import packed


def test_what_is_saved_is_the_table_as_it_is_written() -> None:
    saved = packed.PACKED.read_text(encoding="utf-8")
    assert saved == packed.pack(packed.SOURCE.read_bytes()), "rehazla con «make fix»"
    # También el orden de las claves y los tipos: de ellos sale lo que se enseña.
    assert repr(packed.entries()) == repr(packed.parsed(packed.SOURCE.read_bytes()))


def test_a_table_that_changed_is_read_again(tmp_path: Path) -> None:
    source, saved = tmp_path / "t.yaml", tmp_path / "t.json"
    source.write_text("images: [{name: uno}]\n")
    assert packed.entries(source, saved) == [{"name": "uno"}]
    saved.write_text(packed.pack(source.read_bytes()))
    assert packed.entries(source, saved) == [{"name": "uno"}]
    source.write_bytes(b"images: [{name: uno}]\r\n")
    assert packed.pack(source.read_bytes()) == saved.read_text()
    source.write_text("images: [{name: dos}]\n")
    assert packed.entries(source, saved) == [{"name": "dos"}]


def test_a_cluster_is_born_without_reading_yaml() -> None:
    program = ("import sys; from lab_tools.embedded.cluster import EmbeddedCluster; EmbeddedCluster(nodes=1)\n"
               "import lab_tools.embedded.server.serving; print('yaml' in sys.modules)")  # fmt: skip
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )
