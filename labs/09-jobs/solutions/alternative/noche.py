v = lab.variant
contenedor = {"name": "informe", "image": "tienda-etl:1.0"}
trabajo = {
    "backoffLimit": v.retries,
    "activeDeadlineSeconds": v.deadline * 60,
    "podFailurePolicy": {
        "rules": [
            {
                "action": "FailJob",
                "onExitCodes": {"containerName": "informe", "operator": "In", "values": [4]},
            }
        ]
    },
    "template": {
        "metadata": {"labels": {"app": "etl"}},
        "spec": {"restartPolicy": "Never", "containers": [contenedor]},
    },
}
lab.client.create(
    {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "etl"},
        "spec": {
            "schedule": "00 03 * * *",
            "timeZone": v.zone,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 600,
            "successfulJobsHistoryLimit": 7,
            "jobTemplate": {"spec": trabajo},
        },
    }
)
