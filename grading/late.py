"""La política de retrasos del curso: unas horas de gracia y, después, tanto por ciento por cada día que empieza.

Se pone en `nbgrader_config.py`:

    c.AssignLatePenalties.plugin_class = "grading.late.LatePolicy"
    c.LatePolicy.grace_hours = 1
    c.LatePolicy.percent_per_day = 10
    c.LatePolicy.most = 50
"""

from __future__ import annotations

import math

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float

HOUR, DAY = 3600.0, 86400.0


class LatePolicy(LateSubmissionPlugin):  # type: ignore[misc]  # nbgrader no trae tipos
    """Lo que cuesta llegar tarde. Con todo a cero no cuesta nada, como en nbgrader."""

    grace_hours = Float(0.0, help="Horas después del plazo que no cuestan nada.").tag(config=True)
    percent_per_day = Float(0.0, help="Tanto por ciento de lo ganado que se pierde por cada día que empieza.").tag(
        config=True
    )
    most = Float(100.0, help="Lo más que se puede perder, en tanto por ciento de lo ganado.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """Los puntos que se pierden de `score` con `total_seconds_late` segundos de retraso; None si ninguno."""
        late = total_seconds_late - self.grace_hours * HOUR
        if late <= 0 or not self.percent_per_day:
            return None
        lost = min(math.ceil(late / DAY) * self.percent_per_day, self.most)
        return float(score) * lost / 100
