plantilla = lab.client.get("deployment", "carrito")["spec"]["template"]["spec"]
pide = plantilla["containers"][0]["env"][0]["valueFrom"]["configMapKeyRef"]
bien = {"name": "carrito", "key": "TOPE"}
mal = [campo for campo in bien if pide[campo] != bien[campo]]
lab.report(carrito_campo=mal[0] if mal else "secretName")
arreglo = {
    "containers": [{"name": "carrito", "env": [{"name": "TOPE", "valueFrom": {"configMapKeyRef": bien}}]}],
    "volumes": [{"name": "bd", "secret": {"secretName": "carrito-bd"}}],
}
lab.client.patch("deployment", "carrito", {"spec": {"replicas": 1, "template": {"spec": arreglo}}}, how="strategic")
lab.wait_available("deployment/carrito")
