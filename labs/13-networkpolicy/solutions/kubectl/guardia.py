lab.kubectl("describe", "networkpolicy", "carrito-entrada")
elegidos = lab.kubectl("get", "networkpolicy", "carrito-entrada", "-o", "jsonpath={.spec.podSelector.matchLabels.app}")
dentro = "{.spec.ingress[0].from[0].podSelector.matchLabels.app}"
clientes = lab.kubectl("get", "networkpolicy", "carrito-entrada", "-o", f"jsonpath={dentro}")
campo = "podSelector" if elegidos != "carrito" else "from" if clientes != "api" else "ports"
lab.kubectl("create", "configmap", "informe", f"--from-literal=carrito_campo={campo}")

lab.kubectl(
    "apply",
    "-f",
    "-",
    stdin="""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: carrito-entrada}
spec:
  podSelector: {matchLabels: {app: carrito}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: api}}}]
      ports: [{protocol: TCP, port: 8080}]
""",
)
