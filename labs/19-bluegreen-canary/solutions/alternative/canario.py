import copy

estable = lab.client.get("deployment", "api-estable")


def otra(color, etiqueta, replicas):
    """Una copia de la estable, con otra pista y otra imagen."""
    spec = copy.deepcopy(estable["spec"])
    spec["replicas"] = replicas
    for etiquetas in spec["selector"]["matchLabels"], spec["template"]["metadata"]["labels"]:
        etiquetas["pista"] = color
    spec["template"]["spec"]["containers"][0]["image"] = f"tienda-api:{etiqueta}"
    cuerpo = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"api-{color}"}, "spec": spec}
    lab.client.create(cuerpo)
    lab.wait_available(f"deployment/api-{color}")
    lab.client.wait(2)


otra("canario", lab.variant.bad["tag"], 1)
