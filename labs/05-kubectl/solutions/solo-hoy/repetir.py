lab.client.within(f"{lab.namespace}-pruebas").apply(catalogo.replace("tienda-catalogo:1.0", "tienda-catalogo:1.1"))
