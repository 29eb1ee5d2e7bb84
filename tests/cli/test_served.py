"""La vida de un clúster servido, con procesos de verdad: nace, sobrevive, vuelve y se va sin dejar rastro."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from lab_tools import files
from lab_tools.drivers import kubectl as kubectl_program
from tests.cli.conftest import House


def kubectl(house: House, *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(kubectl_program.path()), *args]
    return subprocess.run(command, env=house.env, input=stdin, capture_output=True, text=True, timeout=120, check=False)


def create(house: House, *args: str) -> dict[str, object]:
    done = house.run("cluster", "create", *args, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def told(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Un error contado: código 1, nada en stdout, sin traza, con esas palabras y con su cura debajo."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert "\n  " in done.stderr
    for word in words:
        assert word in done.stderr


def gone(pid: int) -> bool:
    """El proceso acaba enseguida; un zombi que nadie ha recogido ya no es un servidor."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False


def untouched(house: House) -> bool:
    """No queda ni clúster, ni contexto, ni servidor."""
    clusters = house.home / "clusters"
    left = [path for path in clusters.iterdir() if path.is_dir()] if clusters.is_dir() else []
    text = house.kubeconfig.read_text() if house.kubeconfig.exists() else ""
    return not left and "orquesta" not in text


def test_it_is_born_with_its_nodes_its_context_and_nothing_open_to_others(house: House) -> None:
    found = create(house, "--nodes", "2")
    assert (found["name"], found["state"], found["nodes"]) == ("curso", "en marcha", 2)
    nodes = kubectl(house, "get", "nodes", "--no-headers").stdout.splitlines()
    assert [line.split()[1] for line in nodes] == ["Ready", "Ready"]
    assert yaml.safe_load(house.kubeconfig.read_text())["current-context"] == "orquesta-curso"
    for path in (house.home, house.home / "clusters", house.state("curso")):
        assert path.stat().st_mode & 0o077 == 0
    for path in house.state("curso").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_it_is_gone_with_its_context_and_the_previous_one_is_back(house: House) -> None:
    house.kubeconfig.parent.mkdir()
    mine = "contexts:\n- context: {cluster: c, user: u}\n  name: trabajo\ncurrent-context: trabajo\n"
    house.kubeconfig.write_text(mine)
    create(house)
    pid = house.pid("curso")
    assert house.run("cluster", "delete").returncode == 0
    after = yaml.safe_load(house.kubeconfig.read_text())
    assert (after["current-context"], after["clusters"], after["users"]) == ("trabajo", [], [])
    assert gone(pid)
    assert not house.state("curso").exists()


def test_after_kill_9_the_next_order_brings_it_back_with_everything(house: House) -> None:
    create(house, "--speed", "10")
    for number in range(5):
        assert kubectl(house, "create", "configmap", f"c{number}", f"--from-literal=n={number}").returncode == 0
    port = json.loads(house.run("cluster", "status", "--json").stdout)["server"]
    before = clock(house)
    os.kill(house.pid("curso"), signal.SIGKILL)
    assert json.loads(house.run("cluster", "list", "--json").stdout)[0]["state"] == "caído"
    back = json.loads(house.run("cluster", "status", "--json").stdout)
    assert (back["state"], back["server"]) == ("en marcha", port)
    names = kubectl(house, "get", "configmaps", "-o", "name").stdout.split()
    assert [f"configmap/c{number}" for number in range(5)] == [name for name in names if "/c" in name]
    assert kubectl(house, "get", "nodes", "-o", "name").stdout.count("node/") == 3
    assert clock(house) >= before - 60


def clock(house: House) -> float:
    """Los segundos virtuales que ha vivido el clúster, por la puerta del dueño."""
    owner = house.path / "dueno"
    owner.write_text(house.run("cluster", "kubeconfig", "--owner").stdout)
    done = kubectl(house, "--kubeconfig", str(owner), "get", "--raw", "/orquesta/v1/clock")
    assert done.returncode == 0, done.stderr
    return float(json.loads(done.stdout)["elapsed"])


def test_a_stale_pid_of_somebody_else_is_neither_believed_nor_killed(house: House) -> None:
    create(house)
    os.kill(house.pid("curso"), signal.SIGKILL)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        (house.state("curso") / "server.lock").write_text(str(other.pid))
        ready = json.loads((house.state("curso") / "ready.json").read_text())
        (house.state("curso") / "ready.json").write_text(json.dumps({**ready, "pid": other.pid}))
        assert house.run("cluster", "stop").returncode == 0
        assert house.run("cluster", "start").returncode == 0
        assert other.poll() is None
        other.kill()
    assert kubectl(house, "get", "nodes").returncode == 0


def test_a_stopped_cluster_stays_stopped_until_it_is_started(house: House) -> None:
    create(house)
    assert house.run("cluster", "stop").returncode == 0
    told(house.run("cluster", "kubeconfig"), "parado", "orquesta cluster start curso")
    assert json.loads(house.run("cluster", "status", "--json").stdout)["state"] == "parado"
    assert house.run("cluster", "start").returncode == 0
    assert kubectl(house, "get", "nodes").returncode == 0


def test_a_name_that_exists_is_refused_and_the_cluster_goes_on(house: House) -> None:
    create(house)
    pid = house.pid("curso")
    told(house.run("cluster", "create"), "Ya hay un clúster «curso»", "orquesta cluster delete curso")
    assert house.pid("curso") == pid


def test_two_creations_at_once_give_one_cluster(house: House) -> None:
    both = [
        subprocess.Popen(
            house.command("cluster", "create"), env=house.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 1]
    assert "Ya hay un clúster «curso»" in "".join(said)
    assert kubectl(house, "get", "nodes").returncode == 0


def test_a_busy_port_is_told_and_nothing_is_left(house: House) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told(house.run("cluster", "create", "--port", str(port)), f"puerto {port}", "--port")
    assert untouched(house)


def test_a_port_taken_while_it_was_down_is_replaced_and_kubectl_follows(house: House) -> None:
    found = create(house)
    port = int(str(found["server"]).rpartition(":")[2])
    house.run("cluster", "stop")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        assert house.run("cluster", "start").returncode == 0
        assert kubectl(house, "get", "nodes").returncode == 0


@pytest.mark.parametrize("wait_for", ["cluster.json", "server.lock", "credentials.json"])
def test_control_c_in_the_middle_leaves_nothing(house: House, wait_for: str) -> None:
    command = house.command("cluster", "create")
    with subprocess.Popen(command, env=house.env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (house.state("curso") / wait_for).exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    # Para una terminal las dos son 130. Si el Ctrl-C cae dentro de un `exec` (una dataclass que se está importando),
    # Python acaba por la señal aunque alguien la haya atendido.
    assert process.returncode in (130, -signal.SIGINT)
    assert (out, err.strip()) == ("", "Interrumpido: no ha quedado nada a medias.")
    assert untouched(house)


def test_what_an_interrupted_creation_left_is_swept_by_the_next(house: House) -> None:
    command = house.command("cluster", "create")
    with subprocess.Popen(command, env=house.env, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while not (house.state("curso") / "server.lock").exists():
            time.sleep(0.001)
        process.kill()
    assert json.loads(house.run("cluster", "list", "--json").stdout) == []
    create(house)
    assert kubectl(house, "get", "nodes", "-o", "name").stdout.count("node/") == 3


def limit(size: int) -> Callable[[], None]:
    """Ningún archivo de este proceso, ni de los que lance, puede pasar de `size` bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_full_at_birth_is_told_and_nothing_is_left(house: House) -> None:
    told(house.run("cluster", "create", preexec=limit(2000)), "No se puede")
    assert untouched(house)


def test_a_disk_that_fills_refuses_the_change_and_keeps_all_the_accepted(house: House) -> None:
    done = house.run("cluster", "create", "--nodes", "1", preexec=limit(400_000))
    assert done.returncode == 0, done.stderr
    accepted = []
    big = "x" * 40_000
    for number in range(20):
        manifest = json.dumps(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{number}"}, "data": {"x": big}}
        )
        answer = kubectl(house, "create", "-f", "-", stdin=manifest)
        if answer.returncode == 0:
            accepted.append(f"configmap/c{number}")
        else:
            assert "InternalError" in answer.stderr or "500" in answer.stderr, answer.stderr
    assert 0 < len(accepted) < 20

    def there() -> list[str]:
        names = kubectl(house, "get", "configmaps", "-o", "name").stdout.split()
        return sorted(name for name in names if name.startswith("configmap/c"))

    assert there() == sorted(accepted)
    os.kill(house.pid("curso"), signal.SIGKILL)
    assert house.run("cluster", "start").returncode == 0
    assert there() == sorted(accepted)


def test_a_damaged_journal_names_the_file_and_the_line_and_can_be_deleted(house: House) -> None:
    create(house)
    house.run("cluster", "stop")
    journal = house.state("curso") / "journal-0.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"', b"'", 1)
    journal.write_bytes(b"".join(lines))
    told(house.run("cluster", "start"), f"{journal}:4", "orquesta cluster delete curso")
    assert journal.read_bytes() == b"".join(lines)
    assert house.run("cluster", "delete").returncode == 0
    assert untouched(house)


def test_a_damaged_cluster_json_is_told_and_can_be_deleted(house: House) -> None:
    create(house)
    (house.state("curso") / "cluster.json").write_text("{")
    assert json.loads(house.run("cluster", "list", "--json").stdout)[0]["state"] == "dañado"
    told(house.run("cluster", "kubeconfig"), "cluster.json", "orquesta cluster delete curso")
    assert house.run("cluster", "delete").returncode == 0
    assert untouched(house)


def test_a_home_that_is_not_a_folder_is_told(house: House) -> None:
    house.home.write_text("un archivo")
    told(house.run("cluster", "create"), str(house.home), "ORQUESTA_HOME")
    assert not house.kubeconfig.exists()


def obey_permissions() -> None:
    """Que a root también le valgan los permisos: renuncia a saltárselos (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)."""
    if os.getuid() == 0:
        ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="usa las capacidades de Linux")
def test_a_read_only_home_is_told_and_nothing_is_left(house: House) -> None:
    house.path.chmod(0o555)
    told(house.run("cluster", "create", preexec=obey_permissions), "no tienes permiso", "ORQUESTA_HOME")
    assert list(house.path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="usa las capacidades de Linux")
def test_a_read_only_kubeconfig_is_told_and_nothing_is_left(house: House) -> None:
    house.kubeconfig.parent.mkdir(mode=0o555)
    told(house.run("cluster", "create", preexec=obey_permissions), str(house.kubeconfig), "--kubeconfig")
    assert untouched(house)


def test_a_kubeconfig_that_makes_no_sense_stops_the_creation(house: House) -> None:
    house.kubeconfig.parent.mkdir()
    house.kubeconfig.write_text("a: [")
    told(house.run("cluster", "create"), str(house.kubeconfig), "--kubeconfig")
    assert house.kubeconfig.read_text() == "a: ["
    assert [path for path in (house.home / "clusters").iterdir() if path.is_dir()] == []


def test_another_kubeconfig_receives_the_context_and_loses_it(house: House) -> None:
    mine = house.path / "mío"
    create(house, "--kubeconfig", str(mine))
    assert not house.kubeconfig.exists()
    assert kubectl(house, "--kubeconfig", str(mine), "get", "nodes").returncode == 0
    assert house.run("cluster", "delete").returncode == 0
    assert "orquesta" not in mine.read_text()


def test_the_credential_of_the_context_is_the_student_s(house: House) -> None:
    create(house)
    done = kubectl(house, "create", "--raw", "/orquesta/v1/clock", "-f", "-", stdin='{"advance": 1}')
    assert "forbidden" in done.stderr.lower()
    owner = house.path / "dueño"
    owner.write_text(house.run("cluster", "kubeconfig", "--owner").stdout)
    args = ("--kubeconfig", str(owner), "create", "--raw", "/orquesta/v1/clock", "-f", "-")
    assert kubectl(house, *args, stdin='{"advance": 1}').returncode == 0


def test_two_clusters_live_side_by_side(house: House) -> None:
    create(house, "uno", "--nodes", "1")
    create(house, "dos", "--nodes", "2")
    for name, nodes in (("uno", 1), ("dos", 2)):
        found = kubectl(house, "--context", f"orquesta-{name}", "get", "nodes", "-o", "name").stdout
        assert found.count("node/") == nodes
    assert house.run("cluster", "delete", "dos").returncode == 0
    assert kubectl(house, "get", "nodes", "-o", "name").stdout.count("node/") == 1


def test_doctor_says_it_works_here(house: House) -> None:
    done = house.run("doctor", "--json")
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)
    assert found["works"]
    assert {check["name"] for check in found["checks"]} >= {"Python", "Clúster embebido", "Puerto local", "kubectl"}


def test_doctor_fails_when_the_home_cannot_be_written(house: House) -> None:
    house.home.write_text("un archivo")
    done = house.run("doctor")
    assert done.returncode == 1
    assert "✘ Carpeta de Orquesta" in done.stdout
    assert "ORQUESTA_HOME" in done.stdout


def test_the_lock_is_what_says_who_is_alive(house: House) -> None:
    create(house)
    assert files.lock_owner(house.state("curso") / "server.lock") == house.pid("curso")
    assert json.loads(house.run("cluster", "status", "--json").stdout)["pid"] == house.pid("curso")


def test_who_waited_to_delete_what_another_deleted_is_told_that_it_is_gone(house: House) -> None:
    create(house)
    pair = [subprocess.Popen(house.command("cluster", "delete", "curso"), env=house.env, stderr=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True) for _ in range(2)]  # fmt: skip
    said = {process.communicate(timeout=120)[1] for process in pair}
    assert sorted(process.returncode for process in pair) == [0, 1]
    assert any("No hay ningún clúster «curso»." in one for one in said)
    assert untouched(house)


def test_starting_gives_back_a_context_that_was_lost_and_leaves_the_current_one(house: House) -> None:
    create(house, "--nodes", "1")
    house.kubeconfig.unlink()
    assert house.run("cluster", "start", "curso").returncode == 0
    assert kubectl(house, "get", "nodes", "-o", "name").returncode == 0
    kubectl(house, "config", "delete-context", "orquesta-curso")
    kubectl(house, "config", "set-context", "trabajo")
    kubectl(house, "config", "use-context", "trabajo")
    assert house.run("cluster", "start", "curso").returncode == 0
    assert kubectl(house, "config", "current-context").stdout.strip() == "trabajo"
    assert kubectl(house, "--context", "orquesta-curso", "get", "nodes", "-o", "name").returncode == 0


def test_a_broken_kubeconfig_does_not_keep_a_cluster_down(house: House) -> None:
    create(house, "--nodes", "1")
    house.run("cluster", "stop")
    house.kubeconfig.write_text("a: [")
    assert house.run("cluster", "start").returncode == 0
    assert house.kubeconfig.read_text() == "a: ["
