"""Los hechos del laboratorio 09. Cada función recibe la variante y devuelve un hecho.

Lo que hará de madrugada se ve en una copia del clúster, adelantando su reloj. Lo que hará si falla, haciéndolo fallar.
"""

from __future__ import annotations

import copy as copying
from collections.abc import Callable

from lab_tools.checks.acting import in_copy
from lab_tools.checks.expect import Fact, Finding, exists, given, names_field
from lab_tools.checks.snapshot import Snapshot, condition_of, controller
from lab_tools.client import Client
from lab_tools.errors import StatusError
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object

REPORT, NIGHT, YESTERDAY, BILLS, AGENT, CLEANING = "informe", "etl", "informe-ayer", "facturas", "agente", "limpieza"
IMAGE = "tienda-etl:1.0"
DAY, STEP, SETTLE = 90000.0, 1800.0, 240.0  # segundos del clúster
TRIAL = "prueba-de-comprobacion"
MOULD = ("backoffLimit", "activeDeadlineSeconds", "podFailurePolicy")
Look = Callable[[Client], tuple[bool, str]]


def _in_a_copy(expected: str, look: Look) -> Fact:
    return in_copy(expected, lambda there: look(there.client))


# --- 1 · el informe de las tres ---------------------------------------------------------------------------


def runs_at_three(v: Variant) -> Fact:
    """La primera noche sale un Job, a las tres de su zona, y acaba bien."""
    expected = f"que `{NIGHT}` creara esta noche un solo Job, a las 03:00 de {v.zone}, y acabara bien"
    return given(
        exists("cronjobs", NIGHT), _in_a_copy(expected, lambda client: _first_night(client, NIGHT, v.zone, "0 3 * * *"))
    )


def _first_night(client: Client, name: str, zone: str, schedule: str) -> tuple[bool, str]:
    """Al lado se pone un CronJob con el horario que se pide: los dos han de salir a la vez, y una sola vez."""
    owner = client.get("cronjobs", name)["metadata"]["uid"]
    before = {job["metadata"]["uid"] for job in _jobs_of(client, owner)}
    template = {"spec": {"restartPolicy": "Never", "containers": [_sleeper(1)]}}
    spec = {"schedule": schedule, "timeZone": zone, "jobTemplate": {"spec": {"template": template}}}
    control = client.create({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": TRIAL}, "spec": spec})
    waited = 0.0
    while not (wanted := _jobs_of(client, control["metadata"]["uid"])) and waited < DAY:
        client.wait(STEP)
        waited += STEP
    client.wait(SETTLE)
    new = [job for job in _jobs_of(client, owner) if job["metadata"]["uid"] not in before]
    if len(new) != 1:
        return False, "que a esa hora no ha salido ninguno" if not new else f"{len(new)} Jobs"
    if not wanted or _turn(new[0]) != _turn(wanted[0]):
        return False, "uno que salió a otra hora"
    ended = _ended(new[0])
    return ended == "Complete", "que acabó bien" if ended == "Complete" else f"que salió a su hora, pero {_told(ended)}"


def _turn(job: Object) -> str:
    """La vez a la que corresponde: el final de su nombre son los minutos desde 1970."""
    return str(job["metadata"]["name"]).rpartition("-")[2]


def _told(ended: str) -> str:
    return f"acabó en {ended}" if ended else "no ha acabado"


def _jobs_of(client: Client, owner: str) -> list[Object]:
    return [job for job in client.list("jobs") if controller(job).get("uid") == owner]


def _ended(job: Object) -> str:
    """«Complete», el motivo de que fallara, o nada si sigue."""
    if condition_of(job, "Complete").get("status") == "True":
        return "Complete"
    return str(condition_of(job, "Failed").get("reason", ""))


def does_not_overlap(v: Variant) -> Fact:
    """Si uno tarda más que su período, el siguiente espera, y el que iba acaba."""
    expected = f"que `{NIGHT}` no empezara otro Job mientras el anterior no acabe, y que el anterior acabara"

    def look(client: Client) -> tuple[bool, str]:
        found = client.get("cronjobs", NIGHT)
        found["spec"]["schedule"] = "* * * * *"
        found["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"] = [_sleeper(150)]
        found["spec"]["jobTemplate"]["spec"].pop("podFailurePolicy", None)
        client.update(found)
        most = 0
        for _ in range(20):
            client.wait(15)
            most = max(most, len(client.get("cronjobs", NIGHT).get("status", {}).get("active") or []))
        done = [job for job in _jobs_of(client, found["metadata"]["uid"]) if _ended(job) == "Complete"]
        return most == 1 and bool(done), f"{most} a la vez y {len(done)} acabados en cinco minutos"

    return given(exists("cronjobs", NIGHT), _in_a_copy(expected, look))


def retries_what_may_heal(v: Variant) -> Fact:
    """Si el programa sale con un 1, se vuelve a intentar las veces que se piden."""
    wanted = v.retries + 1
    expected = f"que un informe que sale siempre con 1 se intentara {wanted} veces, en {wanted} Pods"

    def look(client: Client) -> tuple[bool, str]:
        ended, pods = _trial(client, ["sh", "-c", "exit 1"])
        return ended == "BackoffLimitExceeded" and pods == wanted, f"{pods} Pods; el Job {_told(ended)}"

    return given(exists("cronjobs", NIGHT), _in_a_copy(expected, look))


def gives_up_on_bad_data(v: Variant) -> Fact:
    """Si sale con un 4, los datos están mal: no se insiste."""
    expected = "que un informe que sale con 4 se rindiera al primer intento"

    def look(client: Client) -> tuple[bool, str]:
        ended, pods = _trial(client, ["sh", "-c", "exit 4"])
        return ended == "PodFailurePolicy" and pods == 1, f"{pods} Pods; el Job {_told(ended)}"

    return given(retries_what_may_heal(v), _in_a_copy(expected, look))


def stops_at_its_deadline(v: Variant) -> Fact:
    """Si se cuelga, se corta al cumplirse el plazo."""
    seconds = v.deadline * 60
    expected = f"que un informe colgado se cortara a los {v.deadline} minutos"

    def look(client: Client) -> tuple[bool, str]:
        _create_trial(client, ["sleep", "100000"])
        client.wait(seconds - 30)
        early = _gave_up(client)
        client.wait(90)
        return not early and _gave_up(
            client
        ), f"que a los {v.deadline} minutos y medio {'ya estaba cortado' if early else 'seguía'}"

    return given(exists("cronjobs", NIGHT), _in_a_copy(expected, look))


def _gave_up(client: Client) -> bool:
    found = client.get("jobs", TRIAL)
    return "DeadlineExceeded" in (condition_of(found, kind).get("reason") for kind in ("FailureTarget", "Failed"))


def _sleeper(seconds: int) -> Object:
    return {"name": "etl", "image": "busybox:1.36", "command": ["sleep", str(seconds)]}


def _trial(client: Client, command: list[str]) -> tuple[str, int]:
    """Un Job del molde de `etl` con otra orden: cómo acaba y en cuántos Pods."""
    _create_trial(client, command)
    for _ in range(60):
        client.wait(30)
        if ended := _ended(client.get("jobs", TRIAL)):
            break
    pods = client.list("pods", labels={"batch.kubernetes.io/job-name": TRIAL})
    return ended, len(pods)


def _create_trial(client: Client, command: list[str]) -> None:
    spec = copying.deepcopy(client.get("cronjobs", NIGHT)["spec"]["jobTemplate"]["spec"])
    spec.pop("ttlSecondsAfterFinished", None)
    name = spec["template"]["spec"]["containers"][0]["name"]
    spec["template"]["spec"]["containers"] = [{"name": name, "image": "busybox:1.36", "command": command}]
    client.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": TRIAL}, "spec": spec})


# --- 2 · el de ayer ---------------------------------------------------------------------------------------


def yesterday_is_done(v: Variant) -> Fact:
    """`informe-ayer` salió del molde de `etl` y acabó bien."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que el Job `{YESTERDAY}`, hecho con el molde de `{NIGHT}`, acabara bien"
        job, mould = snapshot.get("jobs", YESTERDAY), snapshot.get("cronjobs", NIGHT)
        if job is None or mould is None:
            return Finding(False, expected, f"que no hay ningún {'Job' if mould else 'CronJob'} con ese nombre")
        wanted = mould["spec"]["jobTemplate"]["spec"]
        same = all(job["spec"].get(key) == wanted.get(key) for key in MOULD)
        image = job["spec"]["template"]["spec"]["containers"][0]["image"]
        if not same or image != IMAGE:
            return Finding(False, expected, "que no es el mismo molde")
        ended = _ended(job)
        return Finding(ended == "Complete", expected, f"que el Job {_told(ended)}")

    return look


# --- 3 · entre varios -------------------------------------------------------------------------------------


def every_part_is_done(v: Variant) -> Fact:
    """Cada parte la hizo un Pod, y lo dejó escrito."""

    def look(snapshot: Snapshot) -> Finding:
        expected = (
            f"una línea «parte N» de cada una de las {v.parts} partes, de la 0 a la {v.parts - 1}, y el Job acabado"
        )
        job = snapshot.get("jobs", BILLS)
        if job is None:
            return Finding(False, expected, f"que no hay ningún Job `{BILLS}`")
        said = {line for pod in snapshot.owned("pods", job) for line in _lines(snapshot, pod)}
        missing = [part for part in range(v.parts) if f"parte {part}" not in said]
        if missing:
            return Finding(
                False, expected, f"que falta la parte {missing[0]}" + (", y más" if len(missing) > 1 else "")
            )
        if said - {f"parte {part}" for part in range(v.parts)}:
            return Finding(False, expected, "que sobra alguna parte, o alguna línea")
        return Finding(_ended(job) == "Complete", expected, f"que el Job {_told(_ended(job))}")

    return look


def goes_as_wide_as_asked(v: Variant) -> Fact:
    """Hecho otra vez en una copia, van tantos a la vez como se pide, y ni uno más."""
    expected = f"que `{BILLS}` llevara {v.width} partes a la vez"

    def look(client: Client) -> tuple[bool, str]:
        spec = copying.deepcopy(client.get("jobs", BILLS)["spec"])
        for key in ("selector", "manualSelector"):
            spec.pop(key, None)
        spec["template"]["metadata"].pop("labels", None)
        client.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": TRIAL}, "spec": spec})
        most, ended = 0, ""
        for _ in range(300):
            client.wait(1)
            job = client.get("jobs", TRIAL)
            most, ended = max(most, int(job.get("status", {}).get("active") or 0)), _ended(job)
            if ended:
                break
        return most == v.width and ended == "Complete", f"{most} a la vez; el Job {_told(ended)}"

    return given(every_part_is_done(v), _in_a_copy(expected, look))


def _lines(snapshot: Snapshot, pod: Object) -> list[str]:
    try:
        return snapshot.client.logs(pod["metadata"]["name"], namespace=snapshot.namespace).splitlines()
    except StatusError as error:
        if error.code not in (400, 404):
            raise
        return []


# --- 4 · uno en cada nodo ---------------------------------------------------------------------------------


def one_on_each_node(v: Variant) -> Fact:
    """Hay un agente listo en cada nodo."""

    def look(snapshot: Snapshot) -> Finding:
        nodes = _nodes(snapshot.client)
        expected = f"un Pod del DaemonSet `{AGENT}` listo en cada uno de los {len(nodes)} nodos"
        met, found = _agents(snapshot.client.within(snapshot.namespace), nodes)
        return Finding(met, expected, found)

    return given(exists("daemonsets", AGENT), look)


def comes_back_where_it_was(v: Variant) -> Fact:
    """Si se cierra un nodo y se pierde su agente, vuelve al mismo nodo."""

    def look(there: Snapshot) -> tuple[bool, str]:
        client = there.client
        nodes = _nodes(client)
        client.patch("nodes", nodes[0], {"spec": {"unschedulable": True}})
        for pod in _of_agent(client):
            if pod["spec"].get("nodeName") == nodes[0]:
                client.delete("pods", pod["metadata"]["name"], grace=0)
        client.wait(30)
        return _agents(client, nodes)

    expected = f"que `{AGENT}` volviera a un nodo acordonado si allí se pierde"
    return given(one_on_each_node(v), in_copy(expected, look, whole=True))


def _of_agent(client: Client) -> list[Object]:
    uid = client.get("daemonsets", AGENT)["metadata"]["uid"]
    return [pod for pod in client.list("pods") if controller(pod).get("uid") == uid]


def _nodes(client: Client) -> list[str]:
    return sorted(node["metadata"]["name"] for node in client.list("nodes"))


def _agents(client: Client, nodes: list[str]) -> tuple[bool, str]:
    ready = [pod for pod in _of_agent(client) if condition_of(pod, "Ready").get("status") == "True"]
    there = sorted(pod["spec"].get("nodeName", "") for pod in ready)
    return there == nodes, f"agentes listos en: {', '.join(there) or 'ninguno'}"


# --- 5 · guardia ------------------------------------------------------------------------------------------


def cleaning_runs(v: Variant) -> Fact:
    """La limpieza sale a su hora y acaba bien."""
    expected = f"que `{CLEANING}` saliera una vez al día, a las 04:30 UTC, y acabara bien"
    return given(
        exists("cronjobs", CLEANING), _in_a_copy(expected, lambda c: _first_night(c, CLEANING, "UTC", "30 4 * * *"))
    )


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    words = {
        "suspend": ("suspend", "spec.suspend"),
        "schedule": ("schedule", "spec.schedule"),
        "image": ("image", "spec.jobTemplate.spec.template.spec.containers[0].image"),
    }[v.fault["field"]]
    return names_field(REPORT, "limpieza_campo", f"del CronJob `{CLEANING}`", *words)
