# Sin la etiqueta `app`, ningún Service lo elige.
for uno in lab.client.list("deployments"):
    if "app" not in uno["spec"]["selector"]["matchLabels"]:
        lab.report(intruso=uno["metadata"]["name"])
        del uno["spec"]["template"]["metadata"]["labels"]["app"]
        lab.client.update(uno)
        lab.wait_available(f"deployment/{uno['metadata']['name']}")
