contenedor = lab.client.get("deployment", "catalogo")["spec"]["template"]["spec"]["containers"][0]
reserva, limite = contenedor["resources"]["requests"], contenedor["resources"]["limits"]
if reserva["memory"] != "64Mi":
    campo = "requests.memory"
elif limite["cpu"] == "20m":
    campo = "limits.cpu"
else:
    campo = "requests.cpu"
lab.report(catalogo_campo=campo)
buenos = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "500m"}}
plantilla = {"spec": {"containers": [{"name": "principal", "resources": buenos}]}}
lab.client.patch("deployment", "catalogo", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/catalogo")
