with lab.during("http://api/", rps=25, from_="deployment/frontend") as visitas:
    lab.client.wait(2)
    lab.apply(preparada(f"tienda-api:{lab.variant.version}"))
    lab.follow("deployment/api")
    lab.client.wait(12)
print(visitas)
