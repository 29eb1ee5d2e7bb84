lab.apply(f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: ajustes}}
data:
  MONEDA: {lab.variant.currency}
  DESCUENTO: "{lab.variant.discount}"
  aviso.txt: {lab.variant.notice}
""")


def sale_de(clave):
    return {"configMapKeyRef": {"name": "ajustes", "key": clave}}


contenedor = {
    "name": "frontend",
    "env": [{"name": clave, "value": None, "valueFrom": sale_de(clave)} for clave in ("MONEDA", "DESCUENTO")],
    "volumeMounts": [{"name": "avisos", "mountPath": "/web/avisos"}],
}
volumen = {"name": "avisos", "configMap": {"name": "ajustes"}}
plantilla = {"spec": {"containers": [contenedor], "volumes": [volumen]}}
lab.client.patch("deployment", "frontend", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/frontend")
