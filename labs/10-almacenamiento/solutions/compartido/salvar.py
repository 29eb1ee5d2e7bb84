disco = lab.client.get("pvc", "facturas")["spec"]["volumeName"]
lab.client.patch("pv", disco, {"spec": {"persistentVolumeReclaimPolicy": "Retain"}})
