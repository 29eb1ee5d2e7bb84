# Otro Service al lado contesta hoy, y el de siempre sigue roto.
lab.apply("""
apiVersion: v1
kind: Service
metadata: {name: catalogo-2}
spec:
  selector: {app: catalogo}
  ports: [{port: 80, targetPort: 8080}]
""")
lab.report(catalogo_campo="no sé")
