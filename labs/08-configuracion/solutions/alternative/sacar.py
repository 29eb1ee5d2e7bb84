ajustes = {"MONEDA": lab.variant.currency, "DESCUENTO": str(lab.variant.discount), "aviso.txt": lab.variant.notice}
lab.client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ajustes"}, "data": ajustes})
frontend = lab.client.get("deployment", "frontend")
plantilla = frontend["spec"]["template"]["spec"]
contenedor = plantilla["containers"][0]
del contenedor["env"]
contenedor["envFrom"] = [{"configMapRef": {"name": "ajustes"}}]
contenedor["volumeMounts"] = [{"name": "todo", "mountPath": "/web/avisos", "readOnly": True}]
plantilla["volumes"] = [
    {"name": "todo", "configMap": {"name": "ajustes", "items": [{"key": "aviso.txt", "path": "aviso.txt"}]}}
]
lab.client.update(frontend)
