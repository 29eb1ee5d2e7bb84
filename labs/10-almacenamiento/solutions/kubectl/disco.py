import json

peticion = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {nombre}}}
spec:
  storageClassName: standard
  accessModes: [ReadWriteOnce]
  resources: {{requests: {{storage: {tamano}}}}}
"""
lab.kubectl("apply", "-f", "-", stdin=peticion.format(nombre="pedidos", tamano=lab.variant.size))
pod = {
    "containers": [{"name": "bd", "volumeMounts": [{"name": "datos", "mountPath": "/datos"}]}],
    "volumes": [{"name": "datos", "persistentVolumeClaim": {"claimName": "pedidos"}}],
}
cambio = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}, "template": {"spec": pod}}}
lab.kubectl("patch", "deployment", "bd", "-p", json.dumps(cambio))
lab.kubectl("rollout", "status", "deployment/bd")
