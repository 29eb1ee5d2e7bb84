contenedor = lab.client.get("deployment", "catalogo")["spec"]["template"]["spec"]["containers"][0]
servicio = lab.client.get("service", "catalogo")["spec"]
if contenedor["image"] != "tienda-catalogo:1.0":
    lab.report(catalogo_campo="image")
    bueno = {"name": contenedor["name"], "image": "tienda-catalogo:1.0"}
    plantilla = {"spec": {"containers": [bueno]}}
    lab.client.patch("deployment", "catalogo", {"spec": {"template": plantilla}}, how="strategic")
    lab.wait_available("deployment/catalogo")
elif servicio["selector"] != {"app": "catalogo"}:
    lab.report(catalogo_campo="selector")
    lab.client.patch("service", "catalogo", {"spec": {"selector": {"app": "catalogo"}}})
else:
    lab.report(catalogo_campo="targetPort")
    lab.client.patch("service", "catalogo", {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}})
