lab.apply("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cerrado}
spec:
  podSelector: {}
  policyTypes: [Ingress]
""")
