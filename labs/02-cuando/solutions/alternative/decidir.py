import math

v = lab.variant
NUCLEO, PLANO, OCUPADO, FALLOS = 12, 70, 0.7, 0.03


def en_una_maquina(punta, ms, fijas, por_entrega, cierra, repara, entregas, equipos, cerrado):
    """Lo que cuesta al mes una máquina comprada para la punta, en euros."""
    nucleos = punta * ms / 1000 / OCUPADO
    maquina = next(tamano for tamano in (2, 4, 8, 16, 32) if tamano >= nucleos) * NUCLEO
    horas = fijas + por_entrega * entregas + 8 * (equipos - 1)
    return maquina + horas * v.hour + (cierra * entregas + repara * FALLOS) * cerrado


def solo(punta, ms, entregas, equipos, cerrado):
    """Un contenedor."""
    return en_una_maquina(punta, ms, 1, 0.5, 0.02, 6, entregas, equipos, cerrado)


def compose(punta, ms, entregas, equipos, cerrado):
    """Varios, en una máquina."""
    return en_una_maquina(punta, ms, 2, 0.25, 0.02, 5, entregas, equipos, cerrado)


def orquestador(punta, resto, horas_de_punta, ms, entregas, equipos, cerrado):
    """Varios, en varias máquinas: las de siempre, y las de más solo en la punta."""
    siempre, entonces = (max(2, math.ceil(rps * ms / 1000 / OCUPADO / 3.7)) + 1 for rps in (resto, punta))
    nodos = siempre + (entonces - siempre) * horas_de_punta / 24
    horas = 24 + 0.05 * entregas + (equipos - 1)
    return nodos * 4 * NUCLEO + PLANO + horas * v.hour + 0.1 * FALLOS * cerrado


def anotar(nombre, **cuestan):
    """La más barata de las que se pueden."""
    elegida = min(cuestan, key=cuestan.get)
    lab.report(**{nombre: elegida, f"{nombre}_coste": round(cuestan[elegida])})


anotar("folleto", solo=solo(20, 2, 1, 1, 2), compose=compose(20, 2, 1, 1, 2))
anotar("caja", solo=solo(2, 50, 1, 1, 150), compose=compose(2, 50, 1, 1, 150))
anotar("nominas", compose=compose(5, 80, 2, 1, 20))
uno = 60, 10, 6, 10, 20, 1, v.outage
anotar("arranque", compose=compose(60, 10, 20, 1, v.outage), orquestador=orquestador(*uno))
uno = v.peak, 100, 4, 15, 60, 3, 800
anotar("tienda", compose=compose(v.peak, 15, 60, 3, 800), orquestador=orquestador(*uno))
uno = 80, 40, 8, 20, 90, v.teams, 50
anotar("plataforma", compose=compose(80, 20, 90, v.teams, 50), orquestador=orquestador(*uno))
