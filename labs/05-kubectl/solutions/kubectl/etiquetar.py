import json

parche = {"spec": {"template": {"metadata": {"labels": {"guardia": lab.variant.team}}}}}
for nombre in "api", "carrito":
    lab.kubectl("patch", "deployment", nombre, "-p", json.dumps(parche))
    lab.kubectl("rollout", "status", f"deployment/{nombre}")
lab.kubectl("get", "pods", "-L", "capa,entorno,guardia")
