intruso = next(
    uno["metadata"]["name"]
    for uno in lab.client.list("deployments")
    if "app" not in uno["spec"]["selector"]["matchLabels"]
)
lab.report(intruso=intruso)

# El Pod de hoy deja de recibir; el que lo sustituya saldrá de la plantilla.
for pod in lab.pods("nota=probando"):
    lab.client.patch("pod", pod.name, {"metadata": {"labels": {"app": "observado"}}})
