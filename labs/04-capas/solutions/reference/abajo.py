lab.apply(f"""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: cerrada}}
spec:
  podSelector: {{matchLabels: {{app: {quien["red"]}}}}}
  policyTypes: [Ingress]
  ingress:
    - from: [{{podSelector: {{matchLabels: {{app: frontend}}}}}}]
      ports: [{{protocol: TCP, port: 8080}}]
""")
# El Pod que lo espera no tiene nodo: nadie lo usa aún, y se va al momento.
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
