# Liveness reinicia a quien no contesta; no impide que le manden visitas antes de abrir.
sonda = {"httpGet": {"path": "/salud", "port": 8080}, "periodSeconds": 5}
plantilla = {"spec": {"containers": [{"name": "catalogo", "livenessProbe": sonda}]}}
lab.client.patch("deployment", "catalogo", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/catalogo")
