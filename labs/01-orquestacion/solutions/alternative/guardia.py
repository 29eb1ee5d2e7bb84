servicio = lab.client.get("service", "catalogo")
if servicio["spec"]["selector"] != {"app": "catalogo"}:
    lab.report(catalogo_campo="selector")
elif servicio["spec"]["ports"][0]["targetPort"] != 8080:
    lab.report(catalogo_campo="targetPort")
else:
    lab.report(catalogo_campo="image")
servicio["spec"]["selector"] = {"app": "catalogo"}
servicio["spec"]["ports"][0]["targetPort"] = 8080
lab.client.update(servicio)
contenedor = {"name": "principal", "image": "tienda-catalogo:1.0"}
pedir("catalogo", {"template": {"spec": {"containers": [contenedor]}}})
