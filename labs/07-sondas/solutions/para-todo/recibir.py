sonda = {"httpGet": {"path": "/listo", "port": 8080}, "periodSeconds": 2}
plantilla = {"spec": {"containers": [{"name": "catalogo", "readinessProbe": sonda}]}}
lab.client.patch("deployment", "catalogo", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/catalogo")
