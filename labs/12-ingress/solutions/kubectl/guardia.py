lab.kubectl("describe", "ingress", "socios")
clase = lab.kubectl("get", "ingress", "socios", "-o", "jsonpath={.spec.ingressClassName}")
ruta = lab.kubectl("get", "ingress", "socios", "-o", "jsonpath={.spec.rules[0].http.paths[0].path}")
campo = "ingressClassName" if clase != "orquesta" else "path" if ruta != "/productos" else "backend"
lab.kubectl("create", "configmap", "informe", f"--from-literal=socios_campo={campo}")

lab.kubectl(
    "apply",
    "-f",
    "-",
    stdin=f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: socios}}
spec:
  ingressClassName: orquesta
  rules:
    - host: {lab.variant.partner}
      http:
        paths:
          - {{path: /productos, pathType: Prefix, backend: {{service: {{name: catalogo, port: {{number: 80}}}}}}}}
""",
)
