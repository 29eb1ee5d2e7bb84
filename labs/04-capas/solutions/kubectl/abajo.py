import json

regla = {"from": [{"podSelector": {"matchLabels": {"app": "frontend"}}}], "ports": [{"port": 8080}]}
lab.kubectl("patch", "networkpolicy", "cerrada", "--type=merge", "-p", json.dumps({"spec": {"ingress": [regla]}}))
lab.kubectl("scale", "statefulset/bd", "--replicas=0")
lab.kubectl("delete", "pvc", "pedidos")
disco = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pedidos}
spec:
  storageClassName: standard
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""
lab.kubectl("apply", "-f", "-", stdin=disco)
lab.kubectl("scale", "statefulset/bd", "--replicas=1")
lab.kubectl("rollout", "status", "statefulset/bd")
