"""La raíz de `orquesta`: qué grupos hay, y cómo acaba cada orden, bien o mal."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from lab_tools.cli import messages, spanish
from lab_tools.errors import OrquestaError, StatusError, UsageError

# Cada grupo vive en su módulo, que solo se importa si se usa; la frase es la de la ayuda.
_GROUPS = {
    "doctor": ("lab_tools.cli.doctor", "doctor", "Comprueba que esta máquina tiene lo que el curso necesita."),
    "cluster": ("lab_tools.cli.cluster", "cluster", "Crea, mira y borra clústeres."),
    "tools": ("lab_tools.cli.tools", "tools", "Instala los programas que un clúster real necesita."),
    "image": ("lab_tools.cli.image", "image", "Construye las imágenes de la tienda para clústeres reales."),
    "registry": ("lab_tools.cli.registry", "registry", "Un registro de imágenes local, para clústeres de kind."),
    "swarm": ("lab_tools.cli.swarm", "swarm", "Lleva la tienda a Docker Swarm, en este motor."),
    "translate": ("lab_tools.cli.translate", "translate", "Dice una aplicación en otros orquestadores."),
    "addon": ("lab_tools.cli.addon", "addon", "Añade a un clúster lo que no trae de fábrica."),
    "why": ("lab_tools.cli.why", "why", "Pregunta al clúster por qué hace lo que hace."),
    "fault": ("lab_tools.cli.fault", "fault", "Rompe un clúster a propósito, y lo repara."),
    "lab": ("lab_tools.cli.lab", "lab", "Prepara y comprueba los laboratorios."),
    "site": ("lab_tools.cli.site", "site", "Convierte el libro en páginas, y las enseña."),
    "class": ("grading.classroom.cli", "class_", "Da a cada estudiante su sitio en un clúster, y lo recoge."),
    "grade": ("grading.cli.group", "grade", "Publica laboratorios, recoge entregas y las corrige."),
    "completion": ("lab_tools.cli.completion", "completion", "Escribe el autocompletado de tu terminal."),
}

_HELP = """Orquesta: un curso de orquestación de contenedores, con un clúster que arranca en cualquier sitio.

Empieza por «orquesta doctor» y «orquesta cluster create».
"""


class _Root(spanish.Group):
    """Conoce los grupos por su nombre y su frase; el resto lo importa al usarlo."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _GROUPS:
            return None
        module, attribute, _ = _GROUPS[cmd_name]
        found = getattr(importlib.import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Órdenes"):
            formatter.write_dl([(name, sentence) for name, (_, _, sentence) in _GROUPS.items()])


def _version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            messages.say(f"orquesta {version('orquesta')}")
        except PackageNotFoundError:
            messages.say("orquesta (sin instalar)")
        ctx.exit()


root = _Root(
    "orquesta",
    help=_HELP,
    params=[
        click.Option(
            ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=_version,
            help="Muestra la versión.",
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def run(args: Sequence[str] | None = None, program: str = "orquesta") -> int:
    """Ejecuta una orden y devuelve su código de salida. Nunca deja escapar una traza, salvo con ORQUESTA_DEBUG."""
    spanish.speak()
    messages.tolerate()
    given = list(sys.argv[1:] if args is None else args)
    complain = messages.complain_json if "--json" in given else messages.complain
    try:
        result = root.main(given, prog_name=program, complete_var="_ORQUESTA_COMPLETE", standalone_mode=False)
        if sys.stdout is not None:  # sin salida (`>&-`) no hay a quién contar nada
            sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        return _misused(error, "--json" in given)
    except UsageError as error:
        complain(error, 2)
        return 2
    except (OrquestaError, StatusError) as error:
        complain(error, 1)
        return 1
    except (click.Abort, KeyboardInterrupt):
        messages.progress(_interrupted(given))
        return 130
    except BrokenPipeError:
        # Quien leía se ha ido (por ejemplo, `| head`): no hay a quién contárselo.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        complain(_explained(error), 1)
        return 1
    except Exception as error:
        if os.environ.get("ORQUESTA_DEBUG"):
            raise
        complain(_unexpected(error), 1)
        return 1


def _misused(error: click.ClickException, as_json: bool) -> int:
    """Una orden mal escrita, contada por click: con su uso delante o, para un programa, solo lo que falla."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    if as_json:
        messages.complain_json(UsageError(error.format_message()), error.exit_code)
    else:
        error.show()
    return error.exit_code


def _interrupted(given: Sequence[str]) -> str:
    """Un clúster se crea entero o nada; un laboratorio que se quedó a medias se termina al repetir la orden."""
    if "lab" in given[:1]:
        return "Interrumpido. Repite la orden cuando quieras: hará lo que falte."
    return "Interrumpido: no ha quedado nada a medias."


def _unexpected(error: Exception) -> OrquestaError:
    return OrquestaError(
        f"algo que no esperábamos: {type(error).__name__}: {error}",
        "Es un fallo de Orquesta. Repite con ORQUESTA_DEBUG=1 delante para ver dónde, y cuéntanoslo.",
    )


def _explained(error: OSError) -> OrquestaError:
    from pathlib import Path

    from lab_tools import files
    from lab_tools.drivers import home

    return files.explain(error, Path(error.filename) if error.filename else home.root(), "usar")
