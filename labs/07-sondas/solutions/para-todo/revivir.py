# Readiness lo aparta, y apartado se queda.
sonda = {"httpGet": {"path": "/listo", "port": 8080}, "periodSeconds": 5}
plantilla = {"spec": {"containers": [{"name": "carrito", "readinessProbe": sonda}]}}
lab.client.patch("deployment", "carrito", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/carrito")
