for equipo in "azul", "verde":
    cuota = {"name": f"cuota-{equipo}", "namespace": f"{lab.namespace}-{equipo}"}
    tope = {"hard": {"requests.cpu": v.quota}}
    lab.client.create({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": cuota, "spec": tope})
