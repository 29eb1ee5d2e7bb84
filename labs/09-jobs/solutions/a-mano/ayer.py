def acaba(nombre):
    """Espera a que el Job acabe bien."""

    def bien():
        visto = lab.client.get("job", nombre)["status"].get("conditions") or []
        return [una for una in visto if una["type"] == "Complete"]

    lab.client.wait_for(bien, 600, f"acabara {nombre}")


dicho = lab.client.get("cronjob", "etl")["spec"]["jobTemplate"]["spec"]
molde = {
    clave: dicho[clave] for clave in ("backoffLimit", "activeDeadlineSeconds", "podFailurePolicy") if clave in dicho
}
molde["template"] = {"spec": {"restartPolicy": "Never", "containers": [{"name": "etl", "image": "tienda-etl:1.0"}]}}
lab.client.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "informe-ayer"}, "spec": molde})
acaba("informe-ayer")
