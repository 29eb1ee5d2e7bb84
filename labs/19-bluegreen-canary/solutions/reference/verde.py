# Antes de que nazca la verde, el Service se queda solo con la estable.
lab.client.patch("service", "api", {"spec": {"selector": {"pista": "estable"}}})
lab.apply(api("api-verde", "tienda-api:2.0", 6))
lab.wait_available("deployment/api-verde")
lab.client.wait(2)
with lab.during("http://api/pedidos", rps=40, from_="deployment/frontend") as visitas:
    lab.client.wait(5)
    lab.client.patch("service", "api", {"spec": {"selector": {"pista": "verde"}}})
    lab.client.wait(10)
print(visitas)
