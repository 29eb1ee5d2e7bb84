dicho = lab.client.get("pvc", "catalogo")["spec"]
catalogo = lab.client.get("deployment", "catalogo")
monta = catalogo["spec"]["template"]["spec"]["volumes"][0]["persistentVolumeClaim"]
if monta["claimName"] != "catalogo":
    lab.report(catalogo_campo="claimName")
else:
    lab.report(catalogo_campo="spec.volumeName" if "volumeName" in dicho else "spec.storageClassName")
    lab.client.delete("pvc", "catalogo")
    lab.client.wait(2)
    lab.client.create(peticion("catalogo", "1Gi"))
monta["claimName"] = "catalogo"
catalogo["spec"]["replicas"] = 1
lab.client.update(catalogo)
lab.client.wait(15)
