# La petición no decide qué se hace con su disco: anotarlo en ella no cambia nada.
lab.client.patch("pvc", "facturas", {"metadata": {"annotations": {"persistentVolumeReclaimPolicy": "Retain"}}})
