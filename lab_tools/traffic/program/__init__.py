"""El programa que manda las peticiones dentro de un clúster de verdad: un solo archivo, sin más que Python.

Viaja en un ConfigMap y corre en un Job, así que no importa nada de esta casa.
"""
