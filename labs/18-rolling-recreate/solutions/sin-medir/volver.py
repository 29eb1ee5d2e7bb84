publicar(f"tienda-api:{lab.variant.bad['tag']}")
lab.report(sintoma="va mal")
publicar(f"tienda-api:{lab.variant.version}")
