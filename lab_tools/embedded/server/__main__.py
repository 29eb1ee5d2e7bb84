"""Lo que ejecuta `python -m lab_tools.embedded.server`."""

import gc

# Mientras arranca todo lo que nace se queda: el recolector solo gastaría una décima parte del arranque.
gc.disable()

import sys  # noqa: E402

from lab_tools.embedded.server.serving import main  # noqa: E402

sys.exit(main())
