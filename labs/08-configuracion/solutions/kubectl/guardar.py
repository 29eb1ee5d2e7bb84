lab.kubectl("create", "secret", "generic", "llave", f"--from-literal=llave={lab.variant.old_key}")
contenedor = {"name": "trabajador", "volumeMounts": [{"name": "llave", "mountPath": "/secretos"}]}
pod = {"containers": [contenedor], "volumes": [{"name": "llave", "secret": {"secretName": "llave"}}]}
lab.kubectl("patch", "deployment", "trabajador", "-p", json.dumps({"spec": {"template": {"spec": pod}}}))
lab.kubectl("set", "env", "deployment/trabajador", "LLAVE-")
lab.kubectl("rollout", "status", "deployment/trabajador")
lab.wait_available("deployment/trabajador")
lab.client.wait(5)
