# El puerto del Service: cuando el paquete llega al Pod ya va al del contenedor.
lab.apply(f"""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: frontend-a-api}}
spec:
  podSelector: {{matchLabels: {{app: api}}}}
  policyTypes: [Ingress]
  ingress:
    - from: [{{podSelector: {{matchLabels: {{app: frontend}}}}}}]
      ports: [{{protocol: TCP, port: {lab.variant.api_port}}}]
""")
