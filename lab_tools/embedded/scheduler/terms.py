"""Cómo se llama este planificador, y qué Pods ya no ocupan sitio."""

NAME = "default-scheduler"
ENDED = ("Succeeded", "Failed")
