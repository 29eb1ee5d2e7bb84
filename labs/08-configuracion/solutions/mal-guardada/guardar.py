lab.apply("""
apiVersion: v1
kind: Secret
metadata: {name: llave}
stringData: {llave: no-es-esta}
""")
contenedor = {
    "name": "trabajador",
    "env": [{"name": "LLAVE", "$patch": "delete"}],
    "volumeMounts": [{"name": "llave", "mountPath": "/secretos"}],
}
plantilla = {"spec": {"containers": [contenedor], "volumes": [{"name": "llave", "secret": {"secretName": "llave"}}]}}
lab.client.patch("deployment", "trabajador", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/trabajador")
lab.client.wait(5)
# Se ve RECHAZADO en su registro, y se corrige el Secret: todavía no se ha rotado nada.
lab.client.patch("secret", "llave", {"stringData": {"llave": lab.variant.old_key}})
lab.client.wait(120)
