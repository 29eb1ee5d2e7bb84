lab.apply(f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: portada}}
spec:
  ingressClassName: orquesta
  rules:
    - host: {lab.variant.host}
      http:
        paths:
          - {{path: /, pathType: Prefix, backend: {{service: {{name: frontend, port: {{number: 80}}}}}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: pedidos
  annotations: {{nginx.ingress.kubernetes.io/rewrite-target: /$2}}
spec:
  ingressClassName: orquesta
  rules:
    - host: {lab.variant.host}
      http:
        paths:
          - path: /api(/|$)(.*)
            pathType: ImplementationSpecific
            backend: {{service: {{name: api, port: {{number: {lab.variant.api_port}}}}}}}
""")
