mala = lab.variant.bad["tag"]
visto = publicar(f"tienda-api:{mala}")
print(visto)
lab.report(sintoma="errores" if visto.failed else "latencia")

print(publicar(f"tienda-api:{lab.variant.version}"))
