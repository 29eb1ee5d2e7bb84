"""Cuatro maneras de cambiar un objeto sin mandarlo entero.

`json_patch` sigue una lista de operaciones (RFC 6902); `merge` mezcla documentos (RFC 7386); `strategic`
mezcla sabiendo qué listas se unen y por qué clave; `apply`, con `managed`, recuerda además de quién es
cada campo. Todas son funciones puras: devuelven un documento nuevo que no comparte nada con la entrada
que un cambio posterior pudiera estropear.

Aquí no se busca el objeto, no se valida el resultado ni se decide si el parche está permitido: eso es
de la API. Un parche imposible lanza `PatchRefused` (`refusal`), ya con el Status del servidor real.
"""
