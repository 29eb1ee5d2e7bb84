"""Promesas de las cantidades: las mismas respuestas que `resource.Quantity` de Go."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tools.objects import quantity

CANONICAL = [
    ("0", "0"), ("0Gi", "0"), ("1", "1"), ("1000m", "1"), ("1500m", "1500m"), ("0.5", "500m"), (".5", "500m"),
    ("1.", "1"), ("+1", "1"), ("-1", "-1"), ("1000", "1k"), ("1024", "1024"), ("1024Ki", "1Mi"), ("1000Ki", "1000Ki"),
    ("0.5Gi", "512Mi"), ("0.5Ki", "512"), ("1.5Gi", "1536Mi"), ("1Ki", "1Ki"), ("1023Mi", "1023Mi"), ("100M", "100M"),
    ("1e3", "1e3"), ("1E3", "1e3"), ("12e2", "1200"), ("1e-3", "1e-3"), ("1E", "1E"), ("1n", "1n"), ("0.1n", "1n"),
    ("1u", "1u"), ("0.001u", "1n"), ("-0.1n", "-1n"), ("9223372036854775807", "9223372036854775807"),
    ("10E", "9223372036854775807"), ("1e400", "9223372036854775807"), ("-10E", "-9223372036854775807"),
    ("0.3Ki", "307200m"), ("2000Ti", "2000Ti"), (2, "2"), (0.5, "500m"), (1000, "1k"), ("64Mi", "64Mi"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "stored"), CANONICAL)
def test_the_api_stores_the_canonical_form(written: str, stored: str) -> None:
    assert quantity.canonical(written) == stored


NOT_QUANTITIES = ["", "x", "1x", "1 Gi", " 1", "1.2.3", "1e5m", "1KiB", "½", "10%", "1\n", None, True]


@pytest.mark.parametrize("wrong", NOT_QUANTITIES)
def test_what_is_not_a_quantity_is_refused_with_go_s_words(wrong: str) -> None:
    with pytest.raises(ValueError) as refusal:
        quantity.parse(wrong)
    assert str(refusal.value) == (
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )


def test_a_number_or_a_suffix_that_makes_no_sense_is_told_apart() -> None:
    with pytest.raises(ValueError, match=r"^unable to parse quantity's suffix$"):
        quantity.parse("1kk")
    with pytest.raises(ValueError, match=r"^unable to parse numeric part of quantity$"):
        quantity.parse("Ki")


def test_cpu_is_counted_in_thousandths_and_memory_in_bytes_rounding_up() -> None:
    assert [quantity.millicores(cpu) for cpu in ("100m", "0.1", 2, "1.5", "1u")] == [100, 100, 2000, 1500, 1]
    assert [quantity.bytes_(size) for size in ("1Ki", "1k", "0.5", "128Mi")] == [1024, 1000, 1, 134217728]
    assert quantity.from_millicores(1500) == "1500m"
    assert quantity.from_millicores(2000) == "2"


def test_equality_is_of_value_not_of_spelling() -> None:
    assert quantity.equal("1Gi", "1024Mi")
    assert not quantity.equal("1G", "1Gi")


amounts = st.integers(-(10**6), 10**6)
suffixes = st.sampled_from(["n", "u", "m", "", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "e-6", "E2"])


@given(amounts, suffixes)
def test_the_canonical_form_keeps_the_value_and_is_its_own_canonical_form(amount: int, suffix: str) -> None:
    stored = quantity.canonical(f"{amount}{suffix}")
    assert quantity.parse(stored) == quantity.parse(f"{amount}{suffix}")
    assert quantity.canonical(stored) == stored


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=12))
def test_nothing_finer_than_a_billionth_survives_and_rounding_goes_away_from_zero(amount: Decimal) -> None:
    value = quantity.parse(format(amount, "f"))
    assert value == round(value, 9)
    assert abs(amount) <= abs(value) < abs(amount) + Decimal("1e-9")


@given(st.text(alphabet="0123456789.+-eEinumkKMGTP ", max_size=8))
def test_any_text_is_a_quantity_or_a_clear_refusal(text: str) -> None:
    try:
        assert quantity.equal(quantity.canonical(text), text)
    except ValueError as refusal:
        assert str(refusal) in (quantity.WRONG_FORMAT, quantity.WRONG_NUMBER, quantity.WRONG_SUFFIX)
