"""Quien manda las peticiones en un clúster de verdad: un programa de aquí que corre dentro, en un Job.

El Job corre en el namespace de quien llama y su Pod lleva las etiquetas de ese Pod, para que las NetworkPolicy lo
traten igual; una puerta de disponibilidad que nadie abre impide que un Service le mande tráfico. Lo que mide se lee en
su registro, y al acabar no queda nada.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lab_tools.errors import InfrastructureError, StatusError, UsageError

if TYPE_CHECKING:
    from lab_tools.client import Client
    from lab_tools.objects import Object

Document = dict[str, Any]
MARK = "ORQUESTA "  # con lo que empieza cada línea del programa: `program/carga.py`
IMAGE, ENVIRONMENT = "python:3.13-slim", "ORQUESTA_LOAD_IMAGE"
LABEL = "orquesta.dev/carga"
_ASKED = "orquesta.dev/pedido"  # anotación del Job: lo que se pidió
_GATE = "orquesta.dev/nunca"
# Segundos que puede tardar su Pod en arrancar, y que se guarda un Job que nadie recogió.
_PATIENCE, _KEPT = 120, 600
_CONTROLLED = ("pod-template-hash", "controller-uid", "job-name", "batch.kubernetes.io/", "controller-revision-hash",
               "statefulset.kubernetes.io/", "apps.kubernetes.io/")  # fmt: skip
_BROKEN = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError", "CreateContainerError")


class JobEngine:
    """El tráfico de un clúster de verdad. `image`: una con Python 3.9 o posterior."""

    sip = 1.0

    def __init__(self, client: Client, image: str = "") -> None:
        self._client = client
        self._image = image or os.environ.get(ENVIRONMENT, "") or IMAGE
        self._over: dict[str, Document] = {}

    def request(self, asked: Mapping[str, Any]) -> Document:
        """Empieza una petición suelta; devuelve su ficha."""
        return self._launch({**asked, "steps": []})

    def start(self, asked: Mapping[str, Any]) -> Document:
        """Empieza una carga; devuelve su ficha."""
        return self._launch(asked)

    def read(self, name: str, *, whole: bool) -> Document:
        """Cómo va: lo último que dijo el programa. Lo acabado se recoge, y su Job se borra."""
        if name in self._over:
            return self._over[name]
        here, job = self._job(name)
        found = self._told(here, job)
        if found["state"] != "running":
            self._over[name] = found
            self._remove(here, job)
        return found

    def stop(self, name: str) -> Document:
        """Para una carga. Cuenta lo que se supo hasta el último segundo."""
        if name not in self._over:
            here, job = self._job(name)
            self._over[name] = {**self._told(here, job), "state": "stopped"}
            self._remove(here, job)
        return self._over[name]

    def _launch(self, asked: Mapping[str, Any]) -> Document:
        namespace, labels = self._caller(asked.get("from"))
        here = self._client.within(namespace)
        name = f"carga-{secrets.token_hex(4)}"
        job = here.create(_job(name, namespace, labels, asked, self._image))
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": job["metadata"]["uid"]}
        program = files("lab_tools.traffic.program").joinpath("carga.py").read_text("utf-8")
        here.create({"apiVersion": "v1", "kind": "ConfigMap", "data": {"carga.py": program}, "metadata": {
            "name": name, "namespace": namespace, "labels": {LABEL: name}, "ownerReferences": [owner]}})  # fmt: skip
        return _blank(f"{namespace}.{name}", asked)

    def _caller(self, source: object) -> tuple[str, dict[str, str]]:
        """Desde dónde se llama: el namespace y las etiquetas del Pod que se diga; de fuera, ninguna."""
        if not source:
            return self._client.namespace, {}
        namespace, _, name = str(source).partition("/")
        pod = self._client.find("pods", name, namespace)
        if pod is None:
            raise UsageError(f"No hay ningún Pod «{name}» en «{namespace}».", "Di desde qué Pod se llama.")
        labels = pod["metadata"].get("labels") or {}
        return namespace, {key: value for key, value in labels.items() if not key.startswith(_CONTROLLED)}

    def _job(self, name: str) -> tuple[Client, Object]:
        namespace, _, job = name.partition(".")
        here = self._client.within(namespace)
        found = here.find("jobs", job)
        if found is None:
            raise InfrastructureError(f"El Job «{job}» que medía ya no está.", "Vuelve a medir.")
        return here, found

    def _told(self, here: Client, job: Object) -> Document:
        asked = json.loads(job["metadata"]["annotations"][_ASKED])
        blank = _blank(f"{here.namespace}.{job['metadata']['name']}", asked)
        pods = here.list("pods", labels={LABEL: job["metadata"]["name"]})
        if not pods:
            _demand_pod(here, job)
            return blank
        found = _last(_log(here, pods[0]["metadata"]["name"]))
        if found is None:
            _demand_running(here, job, pods[0], self._image)
            return blank
        _demand_whole(here, job, pods[0], found)
        return {**blank, **found}

    def _remove(self, here: Client, job: Object) -> None:
        try:
            here.delete("jobs", job["metadata"]["name"], propagation="Background", uid=job["metadata"]["uid"])
        except StatusError as error:
            if error.code not in (404, 409):
                raise


def _job(name: str, namespace: str, labels: Mapping[str, str], asked: Mapping[str, Any], image: str) -> Object:
    """El Job, con lo que pide el estándar «restricted» de Pod Security."""
    container = {
        "name": "carga", "image": image, "command": ["python", "-u", "/carga/carga.py"],
        "env": [{"name": "CARGA", "value": json.dumps(dict(asked))}],
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "volumeMounts": [{"name": "carga", "mountPath": "/carga", "readOnly": True}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
                            "readOnlyRootFilesystem": True},
    }  # fmt: skip
    spec = {
        "restartPolicy": "Never", "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 5,
        "readinessGates": [{"conditionType": _GATE}],
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container], "volumes": [{"name": "carga", "configMap": {"name": name}}],
    }  # fmt: skip
    seconds = sum(lasts for lasts, _ in asked.get("steps") or ())
    return {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "namespace": namespace, "labels": {LABEL: name},
                     "annotations": {_ASKED: json.dumps(dict(asked))}},
        "spec": {"backoffLimit": 0, "ttlSecondsAfterFinished": _KEPT,
                 "activeDeadlineSeconds": int(seconds + 2 * float(asked.get("timeout") or 10)) + _PATIENCE,
                 "template": {"metadata": {"labels": {**labels, LABEL: name}}, "spec": spec}},
    }  # fmt: skip


def _blank(name: str, asked: Mapping[str, Any]) -> Document:
    """La ficha de lo que aún no ha empezado."""
    steps = [list(step) for step in asked.get("steps") or ()]
    return {"id": name, "url": asked["url"], "state": "running", "from": asked.get("from"), "steps": steps,
            "seconds": sum(lasts for lasts, _ in steps), "seed": asked.get("seed", 0),
            "timeout": asked.get("timeout", 10), "elapsed": 0.0, "sent": 0, "completed": 0, "failed": 0}  # fmt: skip


def _log(here: Client, pod: str) -> str:
    try:
        return here.logs(pod)
    except StatusError as error:
        if error.code in (400, 404):  # el contenedor aún no ha arrancado
            return ""
        raise


def _last(log: str) -> Document | None:
    """Lo último que dijo el programa. Una línea a medio escribir no cuenta."""
    for line in reversed(log.splitlines()):
        if line.startswith(MARK):
            try:
                found = json.loads(line.removeprefix(MARK))
            except ValueError:
                continue
            return found if isinstance(found, dict) else None
    return None


def _demand_pod(here: Client, job: Object) -> None:
    """Lanza UsageError si el Job no puede crear su Pod: una cuota, o Pod Security."""
    for event in here.events(job):
        if event.get("reason") == "FailedCreate":
            raise UsageError(f"El clúster no deja crear el Pod que mide: {event.get('message', '')}",
                             "Libera sitio en tu cuota, o pide más.")  # fmt: skip


def _demand_running(here: Client, job: Object, pod: Object, image: str) -> None:
    """Lanza un error si el Pod que mide no va a arrancar, o si acabó sin decir nada."""
    for one in (pod.get("status") or {}).get("containerStatuses") or ():
        reason = ((one.get("state") or {}).get("waiting") or {}).get("reason", "")
        if reason in _BROKEN:
            raise UsageError(f"El Pod que mide no arranca: {reason} ({image}).",
                             f"Di una imagen con Python que el clúster tenga: export {ENVIRONMENT}=…")  # fmt: skip
    if (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
        cure = f"Mira su registro: kubectl logs {pod['metadata']['name']} -n {here.namespace}"
        raise InfrastructureError(f"El Job «{job['metadata']['name']}» acabó sin decir qué midió.", cure)


def _demand_whole(here: Client, job: Object, pod: Object, found: Document) -> None:
    """Lanza InfrastructureError si el programa murió a medias: sus cuentas no serían las de toda la carga."""
    if found["state"] == "running" and (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
        cure = f"Mira por qué: kubectl describe job {job['metadata']['name']} -n {here.namespace}"
        raise InfrastructureError(f"El Pod que medía murió a los {found['elapsed']:g} s.", cure)
