nueva, vieja = lab.variant.new_key, lab.variant.old_key
lab.client.patch("secret", "llaves-aceptadas", {"stringData": {nueva: "cobrado"}})
lab.client.wait(120)
lab.client.patch("secret", "llave", {"stringData": {"llave": nueva}})
lab.client.wait(120)
lab.client.patch("secret", "llaves-aceptadas", {"data": {vieja: None}})
lab.client.wait(120)
