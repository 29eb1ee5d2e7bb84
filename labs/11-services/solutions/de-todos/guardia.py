servicio = lab.client.get("service", "carrito")["spec"]
if servicio["selector"] != {"app": "carrito"}:
    lab.report(carrito_campo="selector")
    # Con `tienda: null` se quita esa etiqueta, si estaba.
    selector = dict.fromkeys(servicio["selector"]) | {"app": "carrito"}
    lab.client.patch("service", "carrito", {"spec": {"selector": selector}})
else:
    lab.report(carrito_campo="targetPort")
    lab.client.patch("service", "carrito", {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}})
