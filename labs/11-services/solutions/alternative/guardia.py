carrito = lab.client.get("service", "carrito")
bien = carrito["spec"]["selector"] == {"app": "carrito"}
lab.report(carrito_campo="targetPort" if bien else "selector")
carrito["spec"]["selector"] = {"app": "carrito"}
carrito["spec"]["ports"][0]["targetPort"] = "web"
lab.client.update(carrito)
