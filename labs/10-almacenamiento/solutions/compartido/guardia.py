peticion = lab.client.get("pvc", "catalogo")["spec"]
if peticion["storageClassName"] != "standard" or "volumeName" in peticion:
    lab.report(catalogo_campo="volumeName" if "volumeName" in peticion else "storageClassName")
    lab.client.delete("pvc", "catalogo")
    lab.client.wait(2)
    lab.apply("""
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: catalogo}
spec:
  storageClassName: standard
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
""")
else:
    lab.report(catalogo_campo="claimName")
volumen = {"name": "datos", "persistentVolumeClaim": {"claimName": "catalogo"}}
cambio = {"replicas": 1, "template": {"spec": {"volumes": [volumen]}}}
lab.client.patch("deployment", "catalogo", {"spec": cambio}, how="strategic")
lab.wait_available("deployment/catalogo")
