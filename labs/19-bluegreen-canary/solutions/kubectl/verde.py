pista("estable")
otra("verde", "2.0", 6)
with lab.during("http://api/pedidos", rps=40, from_="deployment/frontend") as visitas:
    lab.client.wait(5)
    pista("verde")
    lab.client.wait(10)
print(visitas)
