"""La tienda traducida a Compose, en el motor: `docker stack deploy` la acepta, y hace lo mismo que el nuestro."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab_tools.objects import manifest
from lab_tools.swarm import checks, compose, stack
from lab_tools.translate import translate

# En una máquina ocupada, construir y arrancar se lleva minutos; `timeout`, en segundos, los deja pasar.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("docker"), pytest.mark.timeout(900)]

SHOP = Path(__file__).parents[1] / "translate" / "tienda.yaml"
# Lo que pone la orden y no cambia nada, o lo que da cada despliegue: identificadores y lo que el motor añade.
_DULL = {"ConfigID", "SecretID", "Target", "Isolation", "DNSConfig", "Runtime", "ForceUpdate", "Privileges", "Aliases"}


@pytest.fixture(scope="module")
def secret(swarm: Any) -> Any:
    """El secreto que la tienda espera encontrar; se va con el Swarm."""
    return swarm.secrets.create(name="pagos_clave", data=b"mandarina-42")


@pytest.fixture
def file(secret: Any, image: Callable[[str, str], str], tmp_path: Path) -> Path:
    """El Compose de la tienda, con sus imágenes construidas aquí."""
    found = translate(manifest.load(SHOP), "swarm")
    for name, one in found.document["services"].items():
        one["image"] = image(name, "1.0")
        one.pop("ports", None)  # la malla de puertos pide IPVS
    (tmp_path / "compose.yaml").write_text(yaml.safe_dump(found.document), encoding="utf-8")
    for name, text in found.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "compose.yaml"


def specs(swarm: Any, name: str) -> dict[str, Any]:
    found = swarm.services.list(filters={"label": f"com.docker.stack.namespace={name}"})
    return {one.name.removeprefix(f"{name}_"): plain(one.attrs["Spec"], name) for one in found}


def plain(value: Any, name: str) -> Any:
    """Sin lo que no cuenta, y con el nombre del stack borrado: dos despliegues iguales quedan iguales."""
    if isinstance(value, dict):
        kept = {key: plain(one, name) for key, one in value.items() if key not in _DULL}
        return {key: one for key, one in kept.items() if one not in ({}, [], None, "", 0)}
    if isinstance(value, list):
        return [plain(one, name) for one in value]
    return value.replace(name, "STACK") if isinstance(value, str) else value


def test_docker_stack_deploy_takes_it_and_does_what_ours_does(swarm: Any, name: str, file: Path) -> None:
    if shutil.which("docker") is None:
        pytest.skip("hace falta la orden «docker»")
    theirs = f"{name}-suyo"
    order = ["docker", "stack", "deploy", "--resolve-image", "never", "-c", str(file), theirs]
    try:
        done = subprocess.run(order, capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr
        stack.deploy(swarm, name, compose.read(file))
        wanted, made = specs(swarm, theirs), specs(swarm, name)
    finally:
        stack.remove(swarm, theirs)
    assert set(made) == {"frontend", "api", "pagos"}
    assert made == wanted


def test_the_translated_shop_runs_with_its_texts_and_its_secret(swarm: Any, name: str, file: Path) -> None:
    found = compose.read(file)
    for one in found.services.values():
        one["deploy"]["replicas"] = 1
        # Una máquina ocupada no contesta en el segundo que da la sonda, y Swarm mata a quien no contesta.
        one["healthcheck"] |= {"interval": "5s", "timeout": "100s", "retries": 20, "start_period": "300s"}
    for service in stack.deploy(swarm, name, found):
        assert checks.running(stack.wait(swarm, service), 1).met
    read = {"frontend": ("/etc/tienda/aviso", "abierto $siempre {{ y mañana }}"),
            "pagos": ("/run/secrets/pagos_clave", "mandarina-42")}  # fmt: skip
    for service, (path, text) in read.items():
        [task] = stack.service(swarm, f"{name}_{service}").running
        [container] = swarm.containers.list(filters={"label": f"com.docker.swarm.task.id={task.id}"})
        assert container.exec_run(["cat", path]).output.decode() == text
