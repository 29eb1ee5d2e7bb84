"""Medidas de velocidad y memoria. Aquí nunca hay pruebas: una máquina ruidosa no rompe nada."""
