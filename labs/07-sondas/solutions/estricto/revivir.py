sonda = {"httpGet": {"path": "/salud", "port": 8080}, "periodSeconds": 5, "failureThreshold": 3}
plantilla = {"spec": {"containers": [{"name": "carrito", "livenessProbe": sonda}]}}
lab.client.patch("deployment", "carrito", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/carrito")
