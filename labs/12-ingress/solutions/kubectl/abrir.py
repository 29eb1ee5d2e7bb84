lab.kubectl("get", "ingressclass")
lab.kubectl("create", "ingress", "portada", "--class=orquesta", f"--rule={lab.variant.host}/*=frontend:80")
lab.kubectl(
    "apply",
    "-f",
    "-",
    stdin=f"""
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
""",
)
