import json

v = lab.variant
claves = {"MONEDA": v.currency, "DESCUENTO": v.discount, "aviso.txt": v.notice}
lab.kubectl("create", "configmap", "ajustes", *(f"--from-literal={clave}={valor}" for clave, valor in claves.items()))
lab.kubectl("set", "env", "deployment/frontend", "MONEDA-", "DESCUENTO-")
lab.kubectl("set", "env", "deployment/frontend", "--from=configmap/ajustes", "--keys=MONEDA,DESCUENTO")
contenedor = {"name": "frontend", "volumeMounts": [{"name": "avisos", "mountPath": "/web/avisos"}]}
pod = {"containers": [contenedor], "volumes": [{"name": "avisos", "configMap": {"name": "ajustes"}}]}
lab.kubectl("patch", "deployment", "frontend", "-p", json.dumps({"spec": {"template": {"spec": pod}}}))
lab.kubectl("rollout", "status", "deployment/frontend")
