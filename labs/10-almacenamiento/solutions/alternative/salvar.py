mio = next(uno for uno in lab.client.list("pv") if uno["spec"].get("claimRef", {}).get("name") == "facturas")
mio["spec"]["persistentVolumeReclaimPolicy"] = "Retain"
lab.client.update(mio)
