# Un ConfigMap también se monta, y lo lee cualquiera.
lab.apply(f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: llave}}
data: {{llave: {lab.variant.old_key}}}
""")
contenedor = {
    "name": "trabajador",
    "env": [{"name": "LLAVE", "$patch": "delete"}],
    "volumeMounts": [{"name": "llave", "mountPath": "/secretos"}],
}
plantilla = {"spec": {"containers": [contenedor], "volumes": [{"name": "llave", "configMap": {"name": "llave"}}]}}
lab.client.patch("deployment", "trabajador", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/trabajador")
