def cambia(secreto, parche):
    lab.kubectl("patch", "secret", secreto, "--type=merge", "-p", json.dumps(parche))
    lab.client.wait(120)


cambia("llaves-aceptadas", {"stringData": {lab.variant.new_key: "cobrado"}})
cambia("llave", {"stringData": {"llave": lab.variant.new_key}})
cambia("llaves-aceptadas", {"data": {lab.variant.old_key: None}})
