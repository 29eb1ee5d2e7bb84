# Sin política, entra `frontend`; y todos los demás.
lab.client.delete("networkpolicy", "cerrada")
lab.client.delete("persistentvolumeclaim", "pedidos")
lab.client.wait_for(lambda: lab.client.find("persistentvolumeclaims", "pedidos") is None, 60, "se fuera el disco")
lab.apply("""
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pedidos}
spec:
  storageClassName: standard
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
""")
lab.client.wait_for(lambda: any(pod.ready for pod in lab.pods("app=bd")), 60, "bd estuviera en pie")
