"""`python -m lab_tools.faults` escribe la página de averías de la documentación."""

from lab_tools.faults.page import page

print(page(), end="")
