def pide(tamano):
    """Lo que se dice en una petición de la clase `standard`."""
    recursos = {"requests": {"storage": tamano}}
    return {"storageClassName": "standard", "accessModes": ["ReadWriteOnce"], "resources": recursos}


def peticion(nombre, tamano):
    """Una petición de la clase `standard`."""
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": nombre}, "spec": pide(tamano)}


lab.client.create(peticion("pedidos", lab.variant.size))
bd = lab.client.get("deployment", "bd")
bd["spec"]["strategy"] = {"type": "Recreate"}
plantilla = bd["spec"]["template"]["spec"]
plantilla["volumes"] = [{"name": "disco", "persistentVolumeClaim": {"claimName": "pedidos"}}]
plantilla["containers"][0]["volumeMounts"] = [{"name": "disco", "mountPath": "/datos"}]
lab.client.update(bd)
lab.wait_available("deployment/bd")
