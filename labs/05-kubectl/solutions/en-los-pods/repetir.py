# Sin decir cuántas, es una: para probar, basta.
siguiente = catalogo.replace("tienda-catalogo:1.0", "tienda-catalogo:1.1")
siguiente = siguiente.replace(f"  replicas: {lab.variant.replicas}\n", "")
lab.client.within(f"{lab.namespace}-pruebas").apply(siguiente)
