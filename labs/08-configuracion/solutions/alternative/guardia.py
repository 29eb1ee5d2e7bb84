carrito = lab.client.get("deployment", "carrito")
plantilla = carrito["spec"]["template"]["spec"]
pide = plantilla["containers"][0]["env"][0]["valueFrom"]["configMapKeyRef"]
monta = plantilla["volumes"][0]["secret"]
if pide["name"] != "carrito":
    lab.report(carrito_campo="name")
elif pide["key"] != "TOPE":
    lab.report(carrito_campo="key")
else:
    lab.report(carrito_campo="secretName")
pide |= {"name": "carrito", "key": "TOPE"}
monta["secretName"] = "carrito-bd"
carrito["spec"]["replicas"] = 1
lab.client.update(carrito)
