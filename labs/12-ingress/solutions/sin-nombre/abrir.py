# Sin `host`, la regla vale para los nombres que nadie más atiende, y el de la tienda ya lo atiende otro Ingress.
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
    - http:
        paths:
          - path: /api(/|$)(.*)
            pathType: ImplementationSpecific
            backend: {{service: {{name: api, port: {{number: {lab.variant.api_port}}}}}}}
""")
