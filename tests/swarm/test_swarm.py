"""La tienda en un Swarm de verdad: se despliega, se escala, se actualiza, se deshace, se vacía y se repone."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab_tools.errors import ClusterError, UsageError
from lab_tools.swarm import checks, compose, node, stack
from lab_tools.swarm.stack import Service

# En una máquina ocupada, construir y arrancar se lleva minutos; `timeout`, en segundos, los deja pasar.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("docker"), pytest.mark.timeout(900)]

Image = Callable[[str, str], str]
_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def shop(image: str, replicas: int = 2, port: int = 0, **deploy: Any) -> compose.Compose:
    update = {"parallelism": 1, "order": "start-first", "monitor": "1s", "failure_action": "rollback"}
    given: dict[str, Any] = {
        "image": image, "environment": {"TIENDA_SEMILLA": "7"}, "stop_grace_period": "5s", "configs": ["aviso"],
        "deploy": {"replicas": replicas, "update_config": update,
                   "rollback_config": {"parallelism": 0, "monitor": "1s"},
                   "restart_policy": {"condition": "any", "delay": "200ms"},
                   "resources": {"limits": {"cpus": "0.5", "memory": "128M"}}, **deploy},
    }  # fmt: skip
    if port:
        # En el nodo mismo: la malla de puertos de un Swarm pide IPVS, y no todos los núcleos lo traen.
        given["ports"] = [{"target": 8080, "published": port, "mode": "host"}]
    whole = {"services": {"carrito": given}, "configs": {"aviso": {"content": "abierto hasta las ocho"}}}
    return compose.parse(json.dumps(whole))


def up(swarm: Any, name: str, found: compose.Compose) -> Service:
    [service] = stack.deploy(swarm, name, found)
    return stack.wait(swarm, service)


def version(port: int) -> str:
    with _OPEN.open(f"http://127.0.0.1:{port}/carrito", timeout=5) as reply:
        assert reply.status == 200
        return str(reply.headers["X-Version"])


def test_a_stack_runs_what_it_asks_and_asking_again_changes_nothing(swarm: Any, name: str, image: Image) -> None:
    found = up(swarm, name, shop(image("carrito", "1.0")))
    assert checks.running(found, 2).met and checks.image(found, image("carrito", "1.0")).met
    again = up(swarm, name, shop(image("carrito", "1.0")))
    assert {task.id for task in again.tasks} == {task.id for task in found.tasks}
    [container] = swarm.containers.list(filters={"label": f"com.docker.swarm.task.id={found.running[0].id}"})
    assert container.exec_run(["cat", "/aviso"]).output == b"abierto hasta las ocho"
    assert container.attrs["HostConfig"]["Memory"] == 128 * 2**20


def test_scaling_up_and_down_leaves_exactly_what_is_asked(swarm: Any, name: str, image: Image) -> None:
    service = up(swarm, name, shop(image("carrito", "1.0"), 1)).name
    for replicas in (3, 1, 0):
        stack.scale(swarm, service, replicas)
        assert checks.running(stack.wait(swarm, service), replicas).met
    assert not checks.running(stack.service(swarm, service), 1).met


def test_an_update_reaches_every_task_and_its_rollback_brings_the_old_one_back(
    swarm: Any, name: str, image: Image
) -> None:
    old, new, port = image("carrito", "1.0"), image("carrito", "1.1"), free_port()
    # Un puerto del nodo no se comparte: la tarea nueva espera a que la vieja lo suelte.
    one_by_one = {"parallelism": 1, "order": "stop-first", "monitor": "1s"}
    service = up(swarm, name, shop(old, 1, port, update_config=one_by_one)).name
    with pytest.raises(UsageError, match="no ha cambiado"):
        stack.rollback(swarm, service)
    assert eventually(lambda: version(port)) == "1.0"
    stack.update(swarm, service, new)
    found = stack.wait(swarm, service)
    assert checks.updated(found).met and checks.image(found, new).met and checks.running(found, 1).met
    assert eventually(lambda: version(port)) == "1.1"
    stack.rollback(swarm, service)
    found = stack.wait(swarm, service)
    assert checks.updated(found, "rollback_completed").met and checks.image(found, old).met
    assert eventually(lambda: version(port)) == "1.0"


def test_an_update_that_starts_first_never_leaves_fewer_than_asked(swarm: Any, name: str, image: Image) -> None:
    service = up(swarm, name, shop(image("carrito", "1.0"))).name
    stack.update(swarm, service, image("carrito", "1.1"))
    seen: list[int] = []
    found = stack.wait(swarm, service, ready=lambda now: seen.append(alive(now)) or stack.settled(now))
    assert checks.updated(found).met and min(seen) >= 2


def alive(found: Service) -> int:
    """Las tareas que corren, también las que ya se van."""
    return sum(task.state == "running" for task in found.tasks)


def test_an_image_that_dies_is_taken_back_by_the_swarm_itself(swarm: Any, name: str, image: Image) -> None:
    old = image("carrito", "1.0")
    service = up(
        swarm, name, shop(old, update_config={"parallelism": 1, "monitor": "60s", "failure_action": "rollback"})
    ).name
    stack.update(swarm, service, image("frontend", "1.2-rota"))
    found = stack.wait(swarm, service, ready=lambda seen: seen.update == "rollback_completed" and stack.settled(seen))
    assert checks.image(found, old).met and not checks.updated(found).met


def test_a_task_that_is_killed_is_replaced_in_its_slot(swarm: Any, name: str, image: Image) -> None:
    found = up(swarm, name, shop(image("carrito", "1.0"), 1))
    [victim] = found.running
    assert not checks.replaced(found, 1).met
    [container] = swarm.containers.list(filters={"label": f"com.docker.swarm.task.id={victim.id}"})
    container.kill()
    found = stack.wait(swarm, found.name, ready=lambda seen: victim.id not in [t.id for t in seen.running]
                       and len(seen.running) == 1)  # fmt: skip
    assert checks.replaced(found, 1).met and checks.running(found, 1).met


def test_a_drained_node_is_left_empty_and_filled_again_when_it_is_back(swarm: Any, name: str, image: Image) -> None:
    service = up(swarm, name, shop(image("carrito", "1.0"))).name
    [mine] = node.nodes(swarm)
    assert node.make(swarm, mine.name, node.DRAIN).availability == node.DRAIN
    found = stack.wait(swarm, service, ready=lambda seen: checks.away_from(seen, mine.name).met)
    assert not checks.running(found, 2).met
    node.make(swarm, mine.id, node.ACTIVE)
    found = stack.wait(swarm, service)
    assert checks.running(found, 2).met and not checks.away_from(found, mine.name).met


def test_what_is_no_longer_in_the_file_goes_and_removing_leaves_nothing(swarm: Any, name: str, image: Image) -> None:
    one = {"image": image("carrito", "1.0"), "networks": ["dentro"]}
    two = compose.parse(json.dumps({"services": {"a": one, "b": one}, "networks": {"dentro": {}}}))
    assert stack.deploy(swarm, name, two) == [f"{name}_a", f"{name}_b"]
    stack.deploy(swarm, name, compose.parse(json.dumps({"services": {"a": one}, "networks": {"dentro": {}}})))
    assert [found.name for found in stack.services(swarm, name)] == [f"{name}_a"]
    stack.remove(swarm, name)
    assert stack.services(swarm, name) == []
    assert not [found for found in swarm.networks.list() if found.name.startswith(name)]
    assert not [found for found in swarm.configs.list() if found.name.startswith(name)]


def test_what_cannot_be_is_told(swarm: Any, name: str, image: Image, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No hay un servicio «nadie»"):
        stack.scale(swarm, "nadie", 2)
    with pytest.raises(UsageError, match="No hay un nodo «luna»"):
        node.make(swarm, "luna", node.DRAIN)
    with pytest.raises(UsageError, match="no es una disponibilidad"):
        node.make(swarm, "luna", "dormido")
    assert node.init(swarm) is False
    [service] = stack.deploy(swarm, name, shop("prueba-no-existe/nada:1", 1))
    with pytest.raises(ClusterError, match="corren 0 de 1 tareas") as told:
        stack.wait(swarm, service, timeout=3)
    assert f"docker service ps --no-trunc {service}" in told.value.cure
    changed = compose.parse(json.dumps({"services": {"carrito": {"image": "x:1", "configs": ["aviso"]}},
                                        "configs": {"aviso": {"content": "otro"}}}))  # fmt: skip
    with pytest.raises(UsageError, match="ya existe con otro texto"):
        stack.deploy(swarm, name, changed)


def eventually(act: Callable[[], str], timeout: float = 30.0) -> str:
    """La red de un Swarm tarda un momento en enterarse de quién atiende."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return act()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
