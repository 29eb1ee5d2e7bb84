lab.kubectl(
    "apply",
    "-f",
    "-",
    stdin="""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: frontend-a-api}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: frontend}}}]
      ports: [{protocol: TCP, port: 8080}]
""",
)
