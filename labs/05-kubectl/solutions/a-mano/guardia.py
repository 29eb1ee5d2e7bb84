intruso = next(
    uno["metadata"]["name"]
    for uno in lab.client.list("deployments")
    if "app" not in uno["spec"]["selector"]["matchLabels"]
)
lab.report(intruso=intruso)
lab.client.scale("deployments", intruso, 0)
