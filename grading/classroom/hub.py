"""JupyterHub en el clúster de la escuela: los valores de su chart y lo que va al lado, para una clase.

El chart es «Zero to JupyterHub» (https://z2jh.jupyter.org/en/stable/resources/reference.html). Cada estudiante tiene su
servidor, con su disco, sus topes y sin red más allá del Hub y el DNS: el clúster del curso corre dentro, y no necesita
credencial de Kubernetes. Del intercambio de nbgrader, cada cual ve lo publicado y solo su buzón; quien enseña, todo.
Todos los servidores corren con el mismo usuario: los separa el montaje, y no los permisos de los archivos.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from grading import folders
from lab_tools.objects import Object

CHART, REPOSITORY = "4.4.0", "https://hub.jupyter.org/helm-chart/"
NAMESPACE, VOLUME, COURSE = "jupyterhub", "intercambio", "orquesta"
EXCHANGE = "/srv/nbgrader/exchange"
VALUES, MANIFESTS, DOCKERFILE = "valores.yaml", "namespace.yaml", "Dockerfile"
BASE = "quay.io/jupyter/minimal-notebook:python-3.12"

_CONFIG = f'''c = get_config()  # noqa: F821  (lo pone nbgrader)
c.Exchange.root = "{EXCHANGE}"
c.CourseDirectory.course_id = "{COURSE}"
'''
# Quien enseña ve el intercambio entero; los demás, lo que dicen los valores.
_HOOK = f'''def montar(spawner):
    if spawner.user.admin:
        ajenos = [uno for uno in spawner.volume_mounts if uno["name"] != "{VOLUME}"]
        spawner.volume_mounts = [*ajenos, {{"name": "{VOLUME}", "mountPath": "{EXCHANGE}"}}]


c.KubeSpawner.pre_spawn_hook = montar
'''


def values(students: Sequence[str], teachers: Sequence[str], image: str, host: str) -> dict[str, Any]:
    """Los valores del chart. `image` es la del curso («registro/orquesta:1»); `host`, el nombre por el que se entra."""
    name, _, tag = image.rpartition(":")
    everybody = sorted({*students, *teachers})
    return {
        "hub": {
            "config": {
                "JupyterHub": {"authenticator_class": "native"},
                "Authenticator": {"allowed_users": everybody, "admin_users": sorted(teachers)},
            },
            "extraConfig": {"intercambio": _HOOK},
            "networkPolicy": {"enabled": True},
        },
        "proxy": {"service": {"type": "ClusterIP"}, "chp": {"networkPolicy": {"enabled": True}}},
        "ingress": {"enabled": True, "hosts": [host], "tls": [{"hosts": [host], "secretName": "jupyterhub-tls"}]},
        "singleuser": _singleuser(name, tag),
        "scheduling": {"userScheduler": {"enabled": True}, "podPriority": {"enabled": True}},
        "prePuller": {"hook": {"enabled": True}, "continuous": {"enabled": False}},
        "cull": {"enabled": True, "timeout": 3600, "every": 300, "maxAge": 43200},
    }


def _singleuser(name: str, tag: str) -> dict[str, Any]:
    return {
        "image": {"name": name, "tag": tag, "pullPolicy": "IfNotPresent"},
        "defaultUrl": "/lab",
        "cpu": {"guarantee": 0.1, "limit": 2},
        "memory": {"guarantee": "512M", "limit": "2G"},
        "uid": 1000,
        "fsGid": 100,
        "allowPrivilegeEscalation": False,
        # El script que cierra los metadatos de la nube pide privilegios: la política de red hace lo mismo sin ellos.
        "cloudMetadata": {"blockWithIptables": False},
        "networkPolicy": {
            "enabled": True,
            "egressAllowRules": {
                "cloudMetadataServer": False, "dnsPortsCloudMetadataServer": True, "dnsPortsKubeSystemNamespace": True,
                "dnsPortsPrivateIPs": False, "nonPrivateIPs": False, "privateIPs": False,
            },
        },
        "initContainers": [_boxes(f"{name}:{tag}")],
        "extraFiles": {
            "nbgrader": {"mountPath": "/etc/jupyter/nbgrader_config.py", "stringData": _CONFIG, "mode": 0o644},
        },
        "storage": {
            "capacity": "2Gi",
            "extraVolumes": [{"name": VOLUME, "persistentVolumeClaim": {"claimName": VOLUME}}],
            "extraVolumeMounts": [
                _mount("outbound", f"{COURSE}/outbound", read_only=True),
                _mount("inbound", f"{COURSE}/inbound/{{username}}"),
                _mount("feedback", f"{COURSE}/feedback/{{username}}", read_only=True),
            ],
        },
    }  # fmt: skip


def _mount(place: str, inside: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"name": VOLUME, "mountPath": f"{EXCHANGE}/{COURSE}/{place}", "subPath": inside, "readOnly": read_only}


def _boxes(image: str) -> dict[str, Any]:
    """Quien hace, antes de arrancar, los buzones de un estudiante: un montaje parcial los crearía sin permiso."""
    places = [f"/todo/{COURSE}/{place}" for place in ("outbound", "inbound/{username}", "feedback/{username}")]
    return {
        "name": "buzones",
        "image": image,
        "command": ["install", "-d", "-o", "1000", "-g", "100", "-m", "2770", *places],
        "securityContext": {"runAsUser": 0, "allowPrivilegeEscalation": False},
        "volumeMounts": [{"name": VOLUME, "mountPath": "/todo"}],
    }


def manifests(students: int) -> list[Object]:
    """Lo que va antes que el chart: el namespace, con Pod Security y cuota, y el disco del intercambio."""
    people = students + 10  # los servidores de quien enseña, el Hub, el proxy y el planificador
    labels = {"pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/warn": "restricted"}
    quota = {"pods": str(people), "persistentvolumeclaims": str(people), "requests.storage": f"{2 * people + 50}Gi",
             "requests.memory": f"{people}Gi", "services.loadbalancers": "0"}  # fmt: skip
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}},
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "reparto", "namespace": NAMESPACE},
         "spec": {"hard": quota}},
        {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "reparto", "namespace": NAMESPACE},
         "spec": {"limits": [{"type": "Container", "defaultRequest": {"cpu": "50m", "memory": "128Mi"}}]}},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": VOLUME, "namespace": NAMESPACE},
         "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "20Gi"}}}},
    ]  # fmt: skip


def dockerfile() -> str:
    """La imagen del curso: la de Jupyter con nuestro paquete, construida desde la raíz del repositorio."""
    return f"""# Desde la raíz del repositorio: docker build --file Dockerfile --tag REGISTRO/orquesta:1 .
ARG BASE={BASE}
FROM ${{BASE}}
COPY --chown=1000:100 pyproject.toml README.md LICENSE LICENSE-CURSO NOTICE /tmp/orquesta/
COPY --chown=1000:100 lab_tools /tmp/orquesta/lab_tools
COPY --chown=1000:100 grading /tmp/orquesta/grading
RUN python -m pip install --no-cache-dir '/tmp/orquesta[grading,course]' && rm -rf /tmp/orquesta
COPY labs /opt/orquesta/labs
ENV ORQUESTA_LABS=/opt/orquesta/labs
"""


def write(folder: Path, students: Sequence[str], teachers: Sequence[str], image: str, host: str) -> list[Path]:
    """Escribe los tres archivos en `folder` y devuelve sus rutas."""
    text = {
        VALUES: _dump(values(students, teachers, image, host)),
        MANIFESTS: "---\n".join(_dump(obj) for obj in manifests(len(students))),
        DOCKERFILE: dockerfile(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    folders.fill(folder, {name: content.encode() for name, content in text.items()})
    return [folder / name for name in text]


def _dump(data: Any) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120))
