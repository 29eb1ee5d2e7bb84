"""Entregar lo traducido a quien lo ejecuta: Nomad y Marathon por su API HTTP; ECS, con el SDK de Amazon si está.

Fuentes: https://developer.hashicorp.com/nomad/api-docs/jobs#create-job,
https://mesosphere.github.io/marathon/api-console/ (PUT /v2/groups) y
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/
"""

from __future__ import annotations

import importlib
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from lab_tools.errors import ClusterError, UsageError
from lab_tools.translate.losses import ECS, MARATHON, NOMAD

_TIMEOUT = 30.0
_NOMAD = "http://127.0.0.1:4646"


def send(target: str, document: Any, endpoint: str = "") -> list[str]:
    """Entrega un documento y devuelve lo que ha quedado puesto. `endpoint` "" es el de siempre de cada uno.

    Lanza UsageError si falta o no es una dirección, y ClusterError si no contesta o no lo acepta.
    """
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise UsageError(f"«{endpoint}» no es una dirección.", "Escríbela entera: http://127.0.0.1:4646")
    return _SENDERS[target](document, endpoint)


def _nomad(document: Any, endpoint: str) -> list[str]:
    base = endpoint or os.environ.get("NOMAD_ADDR") or _NOMAD
    token = os.environ.get("NOMAD_TOKEN", "")
    jobs = document if isinstance(document, list) else [document]
    for one in jobs:
        _call("POST", f"{base.rstrip('/')}/v1/jobs", one, {"X-Nomad-Token": token} if token else {})
    return [f"trabajo {one['Job']['ID']}" for one in jobs]


def _marathon(document: Any, endpoint: str) -> list[str]:
    if not endpoint:
        raise UsageError("Falta la dirección de Marathon.", "Dila así: --endpoint http://marathon.ejemplo:8080")
    _call("PUT", f"{endpoint.rstrip('/')}/v2/groups{document['id']}", document, {})
    return [f"aplicación {one['id']}" for one in document["apps"]]


def _ecs(document: Any, endpoint: str) -> list[str]:
    try:
        boto3, exceptions = importlib.import_module("boto3"), importlib.import_module("botocore.exceptions")
    except ImportError as error:
        raise ClusterError(
            "Falta el SDK de Amazon.", "Instálalo en un entorno aparte: python -m pip install boto3"
        ) from error
    try:
        client = boto3.client("ecs", **({"endpoint_url": endpoint} if endpoint else {}))
        client.create_cluster(clusterName=document["cluster"])
        for one in document["taskDefinitions"]:
            client.register_task_definition(**one)
        for one in document["services"]:
            _service(client, one)
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        raise ClusterError(
            f"ECS no lo acepta: {error}", "Revisa la región, las credenciales y los permisos."
        ) from error
    return [f"servicio {one['serviceName']}" for one in document["services"]]


def _service(client: Any, given: Mapping[str, Any]) -> None:
    """Crea un servicio o, si ya está, lo cambia: son dos operaciones con campos distintos."""
    there = client.describe_services(cluster=given["cluster"], services=[given["serviceName"]])["services"]
    if not any(one["status"] == "ACTIVE" for one in there):
        client.create_service(**given)
        return
    fixed = ("serviceName", "launchType", "schedulingStrategy")
    client.update_service(service=given["serviceName"],
                          **{key: value for key, value in given.items() if key not in fixed})  # fmt: skip


def _call(method: str, url: str, body: Any, headers: Mapping[str, str]) -> None:
    asked = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}, method=method
    )
    try:
        with urllib.request.urlopen(asked, timeout=_TIMEOUT):
            return
    except urllib.error.HTTPError as refused:
        with refused:
            said = refused.read().decode("utf-8", "replace").strip()[:400]
        raise ClusterError(f"{url} no lo acepta ({refused.code}): {said}", "Revisa lo que dice y repite.") from refused
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise ClusterError(f"{url} no contesta: {reason}.", "Comprueba la dirección y que está en marcha.") from error


_SENDERS: Mapping[str, Callable[[Any, str], list[str]]] = {NOMAD: _nomad, MARATHON: _marathon, ECS: _ecs}
