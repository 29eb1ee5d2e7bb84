"""Lo que promete el kubeconfig: nuestro contexto entra y sale, y lo demás se queda letra por letra."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from lab_tools.drivers import kubeconfig_file as kubeconfig
from lab_tools.drivers import kubeconfig_text as edit
from lab_tools.drivers.kubeconfig_file import Access
from lab_tools.errors import ClusterError

OURS = Access("orquesta-curso", "https://127.0.0.1:7443", "AUTORIDAD", token="secreto")

THEIRS = """\
# El trabajo
apiVersion: v1
kind: Config
preferences: {}
clusters:
# producción: cuidado
- cluster:
    server: https://trabajo.example:6443   # por la VPN
    insecure-skip-tls-verify: true
  name: trabajo

contexts:
- context: {cluster: trabajo, user: "yo"}
  name: trabajo   # el de siempre
current-context: trabajo # al volver
users:
- name: yo
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: aws
      args: [
        eks, get-token,
      ]
# fin
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return tmp_path


def read(path: Path) -> dict[str, object]:
    found = yaml.safe_load(path.read_text())
    assert isinstance(found, dict)
    return found


def test_without_a_kubeconfig_one_is_made_private(home: Path) -> None:
    written = kubeconfig.add(OURS)
    assert written == home / ".kube" / "config"
    assert (written.stat().st_mode & 0o777, written.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert read(written) == OURS.config()
    assert not list(written.parent.glob("*.lock"))


def test_their_lines_stay_letter_by_letter(home: Path) -> None:
    path = home / "config"
    path.write_text(THEIRS)
    kubeconfig.add(OURS, str(path))
    ours = path.read_text()
    assert [line for line in THEIRS.splitlines() if line not in ours.splitlines()] == [
        "current-context: trabajo # al volver"
    ]
    assert read(path)["current-context"] == "orquesta-curso"


def test_adding_and_removing_gives_back_the_same_meaning_and_comments(home: Path) -> None:
    path = home / "config"
    path.write_text(THEIRS)
    kubeconfig.add(OURS, str(path))
    kubeconfig.remove("orquesta-curso", "trabajo", also=str(path))
    assert read(path) == yaml.safe_load(THEIRS)
    assert path.read_text() == THEIRS.replace(" # al volver", "")


def test_adding_twice_updates_in_place(home: Path) -> None:
    path = kubeconfig.add(OURS)
    once = path.read_text()
    kubeconfig.add(OURS)
    assert path.read_text() == once
    kubeconfig.add(Access("orquesta-curso", "https://127.0.0.1:9999", "OTRA", token="otro"))
    assert path.read_text().count("name: orquesta-curso") == 3
    assert "9999" in path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n",
        "apiVersion: v1\nkind: Config\nclusters: null\ncontexts: []\nusers:\n",
        '{"apiVersion": "v1", "kind": "Config", "clusters": [], "contexts": [], "users": []}',
        "clusters: [{name: x, cluster: {server: https://x}}]\n",
        "clusters:\n-\n  name: x\n  cluster: {server: https://x}\nusers: &u []\ncontexts: *u\n",
        "current-context: >-\n  x\nclusters:\n  - name: x\n    cluster:\n      server: |\n        https://x\n",
        "kind: Config",
        "users:\r\n- name: x\r\n  user: {}\r\n",
    ],
)
def test_any_valid_style_ends_with_ours_and_theirs(home: Path, text: str) -> None:
    path = home / "config"
    path.write_text(text)
    theirs = yaml.safe_load(text) or {}
    kubeconfig.add(OURS, str(path))
    after = read(path)
    for section in edit.SECTIONS:
        ours = OURS.config()[section]
        assert after[section] == [*(theirs.get(section) or []), *ours]
    kubeconfig.remove("orquesta-curso", also=str(path))
    assert [read(path).get(section) or [] for section in edit.SECTIONS] == [
        theirs.get(section) or [] for section in edit.SECTIONS
    ]


def test_with_several_files_the_new_goes_to_the_first_that_exists(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = home / "a", home / "b", home / "c"
    second.write_text(THEIRS)
    third.write_text("kind: Config\ncurrent-context: otro\n")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (first, second, third))))
    assert kubeconfig.current_context() == "trabajo"
    assert kubeconfig.add(OURS) == second
    assert not first.exists()
    assert kubeconfig.current_context() == "orquesta-curso"


def test_with_several_files_what_is_there_is_changed_where_it_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = home / "a", home / "b"
    first.write_text(THEIRS)
    kubeconfig.add(OURS, str(second))
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (first, second))))
    kubeconfig.add(Access("orquesta-curso", "https://127.0.0.1:1", "X", token="t"))
    assert "127.0.0.1:1" in second.read_text()
    assert "name: orquesta-curso" not in first.read_text()
    assert read(first)["current-context"] == "orquesta-curso"
    kubeconfig.remove("orquesta-curso", "trabajo")
    assert read(first)["current-context"] == "trabajo"
    assert "orquesta" not in second.read_text()


def test_none_of_several_files_exists_the_last_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(home / "a"), "", str(home / "b")]))
    assert kubeconfig.add(OURS) == home / "b"


def test_removing_leaves_no_current_context_if_the_previous_is_gone(home: Path) -> None:
    path = kubeconfig.add(OURS)
    kubeconfig.remove("orquesta-curso", "uno-que-ya-no-esta")
    assert read(path)["current-context"] == ""


def test_removing_does_not_move_a_current_context_that_is_not_ours(home: Path) -> None:
    path = home / ".kube" / "config"
    path.parent.mkdir()
    path.write_text(THEIRS)
    kubeconfig.add(OURS, make_current=False)
    kubeconfig.remove("orquesta-curso", "otro")
    assert path.read_text() == THEIRS


def test_removing_what_is_not_there_touches_nothing(home: Path) -> None:
    path = home / ".kube" / "config"
    path.parent.mkdir()
    path.write_text(THEIRS)
    before = path.stat().st_mtime_ns
    kubeconfig.remove("orquesta-nada")
    assert path.stat().st_mtime_ns == before


def test_a_linked_kubeconfig_stays_linked(home: Path) -> None:
    (home / "dotfiles").write_text(THEIRS)
    (home / "config").symlink_to(home / "dotfiles")
    kubeconfig.add(OURS, str(home / "config"))
    assert (home / "config").is_symlink()
    assert "orquesta-curso" in (home / "dotfiles").read_text()


@pytest.mark.parametrize(("text", "where"), [("a: [1\nb: 2", ":2"), ("- lista\n", "objeto"), ("users: 3\n", "users")])
def test_a_kubeconfig_that_makes_no_sense_is_told_and_not_touched(home: Path, text: str, where: str) -> None:
    path = home / "config"
    path.write_text(text)
    with pytest.raises(ClusterError) as caught:
        kubeconfig.add(OURS, str(path))
    assert str(path) in caught.value.message
    assert where in caught.value.message
    assert "--kubeconfig" in caught.value.cure
    assert path.read_text() == text


def test_another_program_writing_is_waited_for_and_then_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubeconfig, "_LOCK_TIMEOUT", 0.05)
    path = home / "config"
    lock = home / "config.lock"
    lock.touch()
    with pytest.raises(ClusterError) as caught:
        kubeconfig.add(OURS, str(path))
    assert f"rm '{lock}'" in caught.value.cure
    assert not path.exists()


def test_what_was_written_can_be_read_back(home: Path) -> None:
    path = kubeconfig.add(OURS)
    assert kubeconfig.access(str(path)) == OURS


def test_a_certificate_may_live_in_a_file_beside_the_kubeconfig(home: Path) -> None:
    (home / "ca.pem").write_text("AUTORIDAD")
    path = home / "config"
    path.write_text(THEIRS.replace("insecure-skip-tls-verify: true", "certificate-authority: ca.pem"))
    found = kubeconfig.access(str(path), "trabajo")
    assert (found.server, found.authority) == ("https://trabajo.example:6443", "AUTORIDAD")


def test_a_context_that_is_not_there_is_told(home: Path) -> None:
    path = kubeconfig.add(OURS)
    with pytest.raises(ClusterError, match="«nada»"):
        kubeconfig.access(str(path), "nada")


@pytest.mark.parametrize(("content", "said"), [(b"a: [", "no es YAML"), (b"\xff\xfe\x00", "no es un texto en UTF-8")])
def test_why_it_makes_no_sense_is_told_in_spanish(home: Path, content: bytes, said: str) -> None:
    path = home / "roto"
    path.write_bytes(content)
    with pytest.raises(ClusterError, match=said) as caught:
        kubeconfig.current_context(str(path))
    assert "codec" not in str(caught.value)
    assert "KUBECONFIG" in caught.value.cure


def test_a_broken_file_that_is_no_longer_used_does_not_hold_the_context(home: Path) -> None:
    broken = home / "roto"
    broken.write_text("a: [")
    kubeconfig.add(OURS)
    kubeconfig.remove(OURS.context, also=str(broken))
    assert kubeconfig.current_context() == ""
    assert broken.read_text() == "a: ["
