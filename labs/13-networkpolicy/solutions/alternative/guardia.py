actual = lab.client.get("networkpolicy", "carrito-entrada")["spec"]
buena = {
    "podSelector": {"matchLabels": {"app": "carrito"}},
    "ingress": [
        {"from": [{"podSelector": {"matchLabels": {"app": "api"}}}], "ports": [{"protocol": "TCP", "port": 8080}]}
    ],
}
campos = {
    "podSelector": actual["podSelector"] != buena["podSelector"],
    "from": actual["ingress"][0]["from"] != buena["ingress"][0]["from"],
    "ports": actual["ingress"][0]["ports"] != buena["ingress"][0]["ports"],
}
lab.report(carrito_campo=next(campo for campo, distinto in campos.items() if distinto))
lab.client.patch("networkpolicy", "carrito-entrada", {"spec": buena})
