papel = lab.client.get("ingress", "socios")["spec"]
if papel["ingressClassName"] != "orquesta":
    campo = "ingressClassName"
elif papel["rules"][0]["http"]["paths"][0]["path"] != "/productos":
    campo = "path"
else:
    campo = "backend"
lab.report(socios_campo=campo)

lab.apply(f"""
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
""")
