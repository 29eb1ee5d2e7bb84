"""`orquesta completion`: el autocompletado de cada terminal."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from lab_tools.cli import messages, spanish

_HELP = """Escribe el autocompletado de tu terminal, que completa también los nombres de clústeres y laboratorios.

\b
bash:  echo 'eval "$(orquesta completion bash)"' >> ~/.bashrc
zsh:   echo 'eval "$(orquesta completion zsh)"' >> ~/.zshrc
fish:  orquesta completion fish > ~/.config/fish/completions/orquesta.fish
"""


@click.command("completion", cls=spanish.Command, help=_HELP)
@click.argument("shell", metavar="{bash|zsh|fish}", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Escribe el guion de autocompletado."""
    found = get_completion_class(shell)
    assert found is not None
    script = found(context.find_root().command, {}, "orquesta", "_ORQUESTA_COMPLETE")
    # La plantilla a secas: la de bash, además, ejecutaría un bash para mirar su versión.
    messages.say(ShellComplete.source(script))
