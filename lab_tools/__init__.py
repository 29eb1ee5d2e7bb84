"""Orquesta: un curso de orquestación de contenedores con un clúster que arranca en cualquier sitio."""
