"""Los mismos ataques contra `nbgrader autograde` tal como viene, dentro de una jaula que se tira después de cada uno.

La jaula es de bubblewrap: sin más red que la local, con sus propios procesos, con límites y sin un solo archivo de
verdad. Dentro hay una copia del curso, del repositorio y de nbgrader en que se puede escribir, porque quien corrige con
nbgrader también podría; el secreto y las entregas ajenas son de pega. En la copia `lab.check` devuelve los puntos, que
es lo que nbgrader sabe leer de una celda: de otra cosa daría el máximo a quien no ha hecho nada. Se mira lo mismo que a
nosotros.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from functools import cached_property
from pathlib import Path

import nbgrader
from nbgrader.api import Gradebook, MissingEntry

from grading.demo import tour
from grading.release import release
from grading.sandbox import bubblewrap
from lab_tools import labs
from lab_tools.labs import submission
from tests.grading.attacks.arena import CELL_SECONDS, SLUG, Damage
from tests.grading.attacks.attack import Attack, Prey, arm

ROOT = Path(__file__).resolve().parents[3]
STUDENT = "atacante"
SECONDS = 60  # de reloj para una orden entera, en una máquina tranquila
PATIENCE = 4  # veces lo que tarda una entrega intacta: más que eso es no acabar
CELL = 2 * CELL_SECONDS  # su kernel tarda más en arrancar
PEACEFUL = Attack("ninguno", "nada")
_GIBIBYTE = 1024**3
LIMITS = {"RLIMIT_AS": 4 * _GIBIBYTE, "RLIMIT_FSIZE": _GIBIBYTE // 16, "RLIMIT_CPU": SECONDS, "RLIMIT_NPROC": 400,
          "RLIMIT_CORE": 0}  # fmt: skip
_NUMBERS = "\n\n_report = Lab.check\nLab.check = lambda self, *task: _report(self, *task).earned\n"
# Lo que nbgrader escribe cuando todo va bien, además de lo que se ve corrigiendo una entrega que no ataca.
_ITS_OWN = ("curso/autograded/", "curso/gradebook.db", "curso/submitted/atacante/", "curso/.nbgrader.log", ".orquesta/")


class Stock:
    """Prepara una jaula por ataque, a partir de un curso publicado una vez en `folder`."""

    def __init__(self, folder: Path) -> None:
        self._model = folder / "modelo"
        course = self._model / "casa" / "curso"
        release(tour.LAB, course)
        (course / "nbgrader_config.py").unlink()
        (course / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
        other = course / "submitted" / "otra" / SLUG
        other.mkdir(parents=True)
        (other / "lab.ipynb").write_text(json.dumps(submission.assemble(tour.LAB)), encoding="utf-8")
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        for name in ("lab_tools", "labs"):
            shutil.copytree(ROOT / name, self._model / "repo" / name, ignore=ignored)
        with (self._model / "repo" / "lab_tools" / "labs" / "student.py").open("a", encoding="utf-8") as file:
            file.write(_NUMBERS)
        shutil.copytree(Path(nbgrader.__file__).parent, self._model / "nbgrader", ignore=ignored)
        shutil.copy(Path(__file__).with_name("jailed.py"), self._model / "jailed.py")

    def try_(self, attack: Attack) -> Damage:
        """Corrige la entrega de quien ataca con nbgrader, y mira qué consiguió."""
        usual, took = self.usual
        found = self._try(attack, max(SECONDS, PATIENCE * took))
        found.changed = [path for path in found.changed if path not in usual]
        return found

    @cached_property
    def usual(self) -> tuple[set[str], float]:
        """Los archivos que cambian al corregir una entrega intacta, que además no gana nada, y los segundos que cuesta.

        En una máquina ocupada todo tarda más: sin esto, «no acaba» querría decir «no acaba aquí y ahora».
        """
        started = time.monotonic()
        found = self._try(PEACEFUL, PATIENCE * SECONDS)
        assert not found.points and not found.leaked and not found.heard and not found.hung, found.told
        return set(found.changed), time.monotonic() - started

    def _try(self, attack: Attack, seconds: float) -> Damage:
        with tempfile.TemporaryDirectory(prefix="orquesta-jaula-", dir="/tmp", ignore_cleanup_errors=True) as name:
            jail = Path(name) / "jaula"
            shutil.copytree(self._model, jail)
            (jail / "tmp").mkdir()
            secret, port = secrets.token_hex(16), _free_port()
            canary = jail / "casa" / "canario.txt"
            canary.write_text(secret, encoding="utf-8")
            prey = Prey(str(jail / "casa" / "curso"), str(canary), port)
            _hand_in(attack, jail, prey)
            _give_away(Path(name))
            before = _prints(jail)
            said = _run(jail, prey, secret, seconds)
            return _damage(jail, before, said, secret)


def _hand_in(attack: Attack, jail: Path, prey: Prey) -> None:
    folder = jail / "casa" / "curso" / "submitted" / STUDENT / SLUG
    folder.mkdir(parents=True)
    notebook = arm(attack, submission.assemble(tour.LAB), prey)
    (folder / "lab.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    for name, text in attack.files.items():
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def _run(jail: Path, prey: Prey, secret: str, seconds: float) -> dict:
    """Corre la jaula entera y devuelve lo que contó su primer proceso; si no contó nada, es que no acabó."""
    lab = labs.load(tour.LAB)
    course, answer = jail / "casa" / "curso", jail / "respuesta.json"
    order = {
        "course": str(course), "port": prey.port, "seconds": seconds, "stays": prey.mark, "limits": LIMITS,
        "nodes": lab.nodes, "speed": lab.speed, "answer": str(answer), "log": str(jail / "nbgrader.log"),
        "command": [sys.executable, "-m", "nbgrader", "autograde", SLUG, "--student", STUDENT, "--force",
                    f"--Execute.timeout={CELL}"],
    }  # fmt: skip
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(jail / "casa"), "LANG": "C.UTF-8", "ORQUESTA_HOME": str(jail / "casa" / ".orquesta"),
        "KUBECONFIG": str(jail / "casa" / ".orquesta" / "kubeconfig"), "ORQUESTA_CLUSTER": "jaula",
        "ORQUESTA_LABS": str(jail / "repo" / "labs"), "PYTHONPATH": str(jail / "repo"), "CANARIO_ENTORNO": secret,
        "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(jail / "tmp"),
    }  # fmt: skip
    words = [word for pair in environment.items() for word in ("--setenv", *pair)]
    command = ["bwrap", *bubblewrap.jail({jail.parent: jail.parent}), "--as-pid-1",
               "--bind", str(jail.parent), str(jail.parent),
               "--bind", str(jail / "nbgrader"), str(Path(nbgrader.__file__).parent), *words, *bubblewrap.as_nobody(),
               sys.executable, str(jail / "jailed.py"), json.dumps(order)]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=2 * seconds, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return {"hung": True, "heard": "", "alive": []}
    if not answer.is_file():
        raise RuntimeError(f"la jaula no se levanta: {done.stderr.decode()[-2000:]}")
    return json.loads(answer.read_text(encoding="utf-8"))


def _damage(jail: Path, before: dict[str, str], said: dict, secret: str) -> Damage:
    after = _prints(jail)
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    written = b"".join(path.read_bytes() for path in _files(jail / "casa" / "curso" / "autograded"))
    leaked = secret.encode() in written or b"RESERVADO" in written.replace(b"print('RESERVADO'", b"")
    return Damage(_points(jail), leaked, said["heard"].encode("latin-1"), changed, said["alive"], hung=said["hung"])


def _points(jail: Path) -> float:
    """Los puntos que quedan en el gradebook a nombre de quien ataca."""
    try:
        with Gradebook(f"sqlite:///{jail / 'casa' / 'curso' / 'gradebook.db'}") as book:
            return float(book.find_submission(SLUG, STUDENT).score)
    except MissingEntry:
        return 0.0


def _prints(jail: Path) -> dict[str, str]:
    """La huella de cada archivo de la jaula que nbgrader no tendría por qué tocar."""
    found = {}
    for part in ("casa", "repo/lab_tools/checks", "nbgrader"):
        for path in _files(jail / part):
            name = path.relative_to(jail).as_posix()
            if not name.removeprefix("casa/").startswith(_ITS_OWN):
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def _give_away(folder: Path) -> None:
    """Todo, de quien será nadie dentro. Sin ser root, dentro se es quien se es."""
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, int(bubblewrap.NOBODY), int(bubblewrap.NOBODY), follow_symlinks=False)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
