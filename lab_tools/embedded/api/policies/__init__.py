"""Las políticas de admisión escritas en CEL: quién entra en cada una, qué cambian y qué niegan.

`matching` decide a qué peticiones toca una política; `running` la prepara con sus variables y parámetros;
`mutating` cambia el objeto antes de validarlo y `validating` lo niega, lo avisa o lo deja pasar después. Nada de esto
se importa mientras no haya un vínculo. Aquí nunca se guarda nada.
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ y
https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
"""
