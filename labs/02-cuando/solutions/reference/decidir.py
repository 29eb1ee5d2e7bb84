from lab_tools import sizing

v = lab.variant
tarifas = sizing.Rates(hour=v.hour)


def caso(nombre, programas, punta, resto, horas, milisegundos, entregas, equipos, cerrado, **mas):
    """Una fila de la tabla."""
    return sizing.Case(nombre, programas, punta, resto, horas, milisegundos / 1000, entregas, equipos, cerrado, **mas)


casos = [
    caso("folleto", 1, 20, 2, 2, 2, 1, 1, 2),
    caso("caja", 1, 2, 1, 8, 50, 1, 1, 150, tied=True),
    caso("nominas", 3, 5, 1, 8, 80, 2, 1, 20, operators=False),
    caso("arranque", 5, 60, 10, 6, 10, 20, 1, v.outage),
    caso("tienda", 8, v.peak, 100, 4, 15, 60, 3, 800),
    caso("plataforma", 30, 80, 40, 8, 20, 90, v.teams, 50),
]
respuestas = {}
for uno in casos:
    decision = sizing.decide(uno, tarifas)
    print(decision)
    respuestas[uno.name] = decision.way
    respuestas[f"{uno.name}_coste"] = round(decision.chosen.total, 2)
lab.report(**respuestas)
