import base64

aceptadas = lab.client.get("secret", "llaves-aceptadas")
aceptadas["data"][lab.variant.new_key] = base64.b64encode(b"cobrado").decode()
aceptadas = lab.client.update(aceptadas)
lab.client.wait(200)
llave = lab.client.get("secret", "llave")
llave["data"]["llave"] = base64.b64encode(lab.variant.new_key.encode()).decode()
lab.client.update(llave)
lab.client.wait(200)
del aceptadas["data"][lab.variant.old_key]
lab.client.update(aceptadas)
