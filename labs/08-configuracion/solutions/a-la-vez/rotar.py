# Los dos Secrets cambian a la vez, pero los Pods no se enteran a la vez.
nueva, vieja = lab.variant.new_key, lab.variant.old_key
lab.client.patch("secret", "llaves-aceptadas", {"stringData": {nueva: "cobrado"}, "data": {vieja: None}})
lab.client.patch("secret", "llave", {"stringData": {"llave": nueva}})
lab.client.wait(200)
