# Dos elementos en `from`: entra quien cumpla uno U otro, y el primero lo cumple cualquiera.
lab.apply("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: frontend-a-api}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress]
  ingress:
    - from:
        - namespaceSelector: {}
        - podSelector: {matchLabels: {app: frontend}}
      ports: [{protocol: TCP, port: 8080}]
""")
