import json


def poner(nombre, **campos):
    """Cambia los campos del contenedor de un Deployment y espera a que acabe."""
    plantilla = {"spec": {"template": {"spec": {"containers": [{"name": nombre, **campos}]}}}}
    lab.kubectl("patch", "deployment", nombre, "-p", json.dumps(plantilla))
    lab.kubectl("rollout", "status", f"deployment/{nombre}")


poner("catalogo", readinessProbe={"httpGet": {"path": "/listo", "port": 8080}, "periodSeconds": 2})
