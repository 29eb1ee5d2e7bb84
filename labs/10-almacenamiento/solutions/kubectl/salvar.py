disco = lab.kubectl("get", "pvc", "facturas", "-o", "jsonpath={.spec.volumeName}")
lab.kubectl("patch", "pv", disco, "-p", '{"spec": {"persistentVolumeReclaimPolicy": "Retain"}}')
