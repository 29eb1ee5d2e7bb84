for equipo in "azul", "verde":
    lab.apply(f"""
apiVersion: v1
kind: ResourceQuota
metadata: {{name: lo-suyo, namespace: {lab.namespace}-{equipo}}}
spec:
  hard: {{requests.cpu: "{lab.variant.quota}"}}
""")
