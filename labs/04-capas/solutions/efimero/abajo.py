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
# El Pod arranca, y lo que escriba se va con él.
carpeta = [{"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "datos", "emptyDir": {}}}]
lab.client.patch("statefulset", "bd", carpeta, how="json")
lab.client.delete("pod", "bd-0")
lab.client.wait_for(lambda: any(pod.ready for pod in lab.pods("app=bd")), 60, "bd estuviera en pie")
