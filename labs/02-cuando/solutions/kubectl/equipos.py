manifiesto = f"""
apiVersion: v1
kind: ResourceQuota
metadata: {{name: lo-suyo}}
spec:
  hard: {{requests.cpu: "{lab.variant.quota}"}}
"""
for equipo in "azul", "verde":
    lab.kubectl("apply", "-f", "-", "-n", f"{lab.namespace}-{equipo}", stdin=manifiesto)
