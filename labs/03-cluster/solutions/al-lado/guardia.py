# Una cola nueva, y la de siempre sigue sin arrancar.
lab.apply("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: cola-2}
spec:
  replicas: 2
  selector: {matchLabels: {app: cola-2}}
  template:
    metadata: {labels: {app: cola-2}}
    spec:
      containers: [{name: principal, image: "redis:7.4"}]
""")
lab.wait_available("deployment/cola-2")
lab.report(cola_pieza="etcd")
