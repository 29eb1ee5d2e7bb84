suyo = lab.client.get("hpa", "catalogo")["spec"]
if suyo["scaleTargetRef"]["name"] != "catalogo":
    causa = "destino"
    lab.client.patch("hpa", "catalogo", {"spec": {"scaleTargetRef": {"name": "catalogo"}}})
elif suyo["maxReplicas"] == 1:
    causa = "techo"
    lab.client.patch("hpa", "catalogo", {"spec": {"maxReplicas": 5}})
else:
    causa = "reserva"
    contenedor = {"name": "catalogo", "resources": {"requests": {"cpu": "100m"}}}
    cambio = {"spec": {"template": {"spec": {"containers": [contenedor]}}}}
    lab.client.patch("deployment", "catalogo", cambio, how="strategic")
    lab.wait_available("deployment/catalogo")
lab.report(catalogo_causa=causa)
lab.client.wait(60)
