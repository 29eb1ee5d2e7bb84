lab.apply("""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: resto}
spec:
  ingressClassName: orquesta
  defaultBackend: {service: {name: aviso, port: {number: 80}}}
""")
