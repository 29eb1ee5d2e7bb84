intruso = next(
    uno["metadata"]["name"]
    for uno in lab.client.list("deployments")
    if "app" not in uno["spec"]["selector"]["matchLabels"]
)
lab.report(intruso=intruso)

plantilla = {"spec": {"template": {"metadata": {"labels": {"app": "observado"}}}}}
lab.client.patch("deployment", intruso, plantilla)
lab.wait_available(f"deployment/{intruso}")
