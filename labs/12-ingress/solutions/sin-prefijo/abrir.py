# Llega a `api`, que no conoce esa ruta y contesta 404.
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
metadata: {{name: pedidos}}
spec:
  ingressClassName: orquesta
  rules:
    - host: {lab.variant.host}
      http:
        paths:
          - path: /api
            pathType: Prefix
            backend: {{service: {{name: api, port: {{number: {lab.variant.api_port}}}}}}}
""")
