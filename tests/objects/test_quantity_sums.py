"""Sumar cantidades: el resultado se escribe como el primer sumando, como hace Go."""

from __future__ import annotations

import pytest

from lab_tools.objects import quantity


@pytest.mark.parametrize(("one", "other", "total"), [
    ("600m", "600m", "1200m"), ("1", "500m", "1500m"), ("128Mi", "128Mi", "256Mi"), ("1Gi", "200Mi", "1224Mi"),
    ("0", "128Mi", "128Mi"), ("1", "1", "2"), ("1Gi", "1", "1073741825"),
])  # fmt: skip
def test_a_sum_is_written_as_its_first_term(one, other, total):
    assert quantity.add(one, other) == total
    assert quantity.equal(quantity.subtract(total, other), one)
