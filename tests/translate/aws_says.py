"""Se ejecuta aparte, con boto3 y moto en su ruta: qué dicen el modelo de botocore y un ECS de mentira de un documento.

Lee el documento por la entrada y escribe JSON: los errores del modelo, y lo que ECS tiene después de entregárselo.
"""

from __future__ import annotations

import json
import os
import sys

import boto3
import botocore.session
from botocore.validate import ParamValidator
from moto import mock_aws

os.environ |= {"AWS_DEFAULT_REGION": "eu-south-2", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}


def judged(document: dict) -> list[str]:
    model = botocore.session.get_session().get_service_model("ecs")
    found = []
    for operation, given in (("RegisterTaskDefinition", "taskDefinitions"), ("CreateService", "services")):
        shape = model.operation_model(operation).input_shape
        for one in document[given]:
            # El modelo solo no se queja de un campo que no existe; su validador, tampoco: se mira aquí.
            strange = sorted(set(one) - set(shape.members))
            report = ParamValidator().validate(one, shape)
            found += [f"{operation}: {name} no existe" for name in strange]
            found += [f"{operation}: {report.generate_report()}"] if report.has_errors() else []
    return found


@mock_aws
def deployed(document: dict) -> dict:
    from lab_tools.translate.send import send

    client = boto3.client("ecs")
    told = [send("ecs", document), send("ecs", document)]
    names = [one["serviceName"] for one in document["services"]]
    services = client.describe_services(cluster=document["cluster"], services=names)["services"] if names else []
    return {"told": told, "tasks": len(client.list_task_definition_families()["families"]),
            "services": {one["serviceName"]: one.get("desiredCount") for one in services}}  # fmt: skip


if __name__ == "__main__":
    given = json.load(sys.stdin)
    json.dump({"errors": judged(given), "deployed": deployed(given)}, sys.stdout)
