llave = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "llave"}, "type": "Opaque"}
lab.client.create(llave | {"stringData": {"llave": lab.variant.old_key}})
trabajador = lab.client.get("deployment", "trabajador")
plantilla = trabajador["spec"]["template"]["spec"]
del plantilla["containers"][0]["env"]
plantilla["containers"][0]["volumeMounts"] = [{"name": "secretos", "mountPath": "/secretos", "readOnly": True}]
plantilla["volumes"] = [{"name": "secretos", "projected": {"sources": [{"secret": {"name": "llave"}}]}}]
lab.client.update(trabajador)
lab.wait_available("deployment/trabajador")
lab.client.wait(5)
