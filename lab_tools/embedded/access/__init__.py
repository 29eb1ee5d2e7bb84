"""Quién es quien llama y qué puede hacer.

Primero mandan las tres credenciales de la casa (`house`); para las demás identidades, los roles y vínculos de RBAC
(`rbac`), que al nacer el clúster ya son los de un Kubernetes de verdad (`bootstrap`). Aquí se firman y se leen los
tokens de las cuentas de servicio (`tokens`), se habla en nombre de otro (`impersonation`), se impide dar lo que no se
tiene (`escalation`) y se contesta a quien pregunta qué puede hacer (`reviews`). `control` lo reúne todo: es la cara
que ven la puerta y el servidor. Aquí nunca se abre un socket ni se guarda un objeto.
"""
