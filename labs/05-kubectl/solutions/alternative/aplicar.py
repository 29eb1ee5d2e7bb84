import yaml

objetos = list(yaml.safe_load_all(lab.client.get("configmap", "borrador")["data"]["catalogo.yaml"]))
despliegue, servicio = objetos
etiquetas = despliegue["spec"]["template"]["metadata"]["labels"]
mal = {
    "apiVersion": despliegue["apiVersion"] != "apps/v1",
    "spec.replicas": not isinstance(despliegue["spec"]["replicas"], int),
    "spec.template.metadata.labels": not isinstance(etiquetas["edicion"], str),
}
lab.report(borrador_campo=next(campo for campo, si in mal.items() if si))
despliegue["apiVersion"] = "apps/v1"
despliegue["spec"]["replicas"] = lab.variant.replicas
etiquetas["edicion"] = str(etiquetas["edicion"])
for objeto in objetos:
    lab.apply(objeto)
