# Cuenta Pods: un Pod puede ser tan grande como la máquina.
for equipo in "azul", "verde":
    lab.apply(f"""
apiVersion: v1
kind: ResourceQuota
metadata: {{name: lo-suyo, namespace: {lab.namespace}-{equipo}}}
spec:
  hard: {{pods: "4"}}
""")
