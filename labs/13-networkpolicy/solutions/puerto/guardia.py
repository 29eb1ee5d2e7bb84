politica = lab.client.get("networkpolicy", "carrito-entrada")["spec"]
puerta = politica["ingress"][0]
if politica["podSelector"]["matchLabels"]["app"] != "carrito":
    campo = "podSelector"
elif puerta["from"][0]["podSelector"]["matchLabels"]["app"] != "api":
    campo = "from"
else:
    campo = "ports"
lab.report(carrito_campo=campo)

lab.apply("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: carrito-entrada}
spec:
  podSelector: {matchLabels: {app: carrito}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: api}}}]
      ports: [{protocol: TCP, port: 8080}]
""")
