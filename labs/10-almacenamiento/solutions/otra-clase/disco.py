lab.apply(f"""
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: pedidos}}
spec:
  storageClassName: standard
  accessModes: [ReadWriteOnce]
  resources: {{requests: {{storage: {lab.variant.size}}}}}
""")
pod = {
    "containers": [{"name": "bd", "volumeMounts": [{"name": "datos", "mountPath": "/datos"}]}],
    "volumes": [{"name": "datos", "persistentVolumeClaim": {"claimName": "pedidos"}}],
}
cambio = {"strategy": {"type": "Recreate", "rollingUpdate": None}, "template": {"spec": pod}}
lab.client.patch("deployment", "bd", {"spec": cambio}, how="strategic")
lab.wait_available("deployment/bd")
