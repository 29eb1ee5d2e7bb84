mala = lab.variant.bad["tag"]
visto = publicar(f"tienda-api:{mala}")
print(visto)
# Fallan peticiones, sí: las del cambio de Pods, que no dicen nada de la versión.
lab.report(sintoma="errores")

print(publicar(f"tienda-api:{lab.variant.version}"))
