"""A metric read aloud: its definition as sentences that someone who cannot read SQL can check."""

from typing import assert_never

from leadline.catalog import Catalog
from leadline.catalog.definitions import Balance, Count, Mean, Metric, Quantile, Ratio, Share, Sum


def metric(catalog: Catalog, definition: Metric) -> tuple[str, ...]:
    """Give the definition as sentences: what is computed, of which rows, when they count, how sure, how read."""
    fact = catalog.facts[definition.of]
    rows = f"{fact.label.lower()} rows"
    sentences = [_formula(definition, rows)]
    if definition.where:
        sentences.append(f"Only rows where {definition.where}.")
    at = definition.at or fact.at
    clock = "its unit's" if definition.clock == "unit" else "the project's"
    sentences.append(f"A row belongs to the period of its {at}, by {clock} clock.")
    if definition.weight:
        sentences.append(f"Each row weighs {definition.weight}; rows without a weight are left out.")
    if definition.minimum_n:
        sentences.append(f"Suppressed below {definition.minimum_n} rows.")
    if definition.direction:
        sentences.append(f"{definition.direction.capitalize()} is better.")
    sentences.append(
        f"A period is final {definition.collected.available_after} after its end; facts come by "
        f"{definition.collected.every}."
    )
    return tuple(sentences)


def _formula(definition: Metric, rows: str) -> str:
    match definition:
        case Share():
            return (
                f"Share of {rows} with {definition.when}, among those where that is known, "
                f"in {definition.measured_in}."
            )
        case Balance():
            return (
                f"Share of {rows} with {definition.plus} less share with {definition.minus}, "
                "in points from -100 to 100."
            )
        case Ratio():
            return (
                f"Sum of {definition.numerator} over sum of {definition.denominator} of {rows}, "
                f"in {definition.measured_in}."
            )
        case Mean():
            return f"Mean of {definition.value} over {rows} where it is known, in {definition.measured_in}."
        case Sum():
            return f"Sum of {definition.value} over {rows} where it is known, in {definition.measured_in}."
        case Count():
            return f"Number of {rows}."
        case Quantile():
            return (
                f"The value below which {definition.quantile:.0%} of {definition.value} lie, over {rows} where it is "
                f"known, in {definition.measured_in}."
            )
        case _:
            assert_never(definition)
