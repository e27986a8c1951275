"""A metric read aloud: its definition as sentences that someone who cannot read SQL can check."""

from leadline.catalog import Catalog
from leadline.catalog.composition import instant, rows
from leadline.catalog.definitions import (
    COMPOSED,
    Balance,
    Column,
    Composed,
    Conversion,
    Count,
    Cumulative,
    Derived,
    Distinct,
    Duration,
    Fact,
    Index,
    Manual,
    Mean,
    Metric,
    Money,
    Quantile,
    Ratio,
    RowMetrics,
    Share,
    Stock,
    Sum,
    Valued,
)
from leadline.catalog.federation import differences, variants


def metric(catalog: Catalog, definition: Metric) -> tuple[str, ...]:
    """Give the definition as sentences: what is computed, of which rows, when they count, how sure, how read."""
    if isinstance(definition, COMPOSED):
        sentences = [*_composed(definition), *_parts(catalog, definition)]
    else:
        sentences = _rows(catalog, definition)
    if definition.minimum_n:
        sentences.append(f"Suppressed below {definition.minimum_n} rows.")
    if definition.direction:
        sentences.append(f"{definition.direction.capitalize()} is better.")
    if not isinstance(definition, COMPOSED):
        come = "in real time" if definition.collected.real_time else f"by {definition.collected.every}"
        sentences.append(
            f"A period is final {definition.collected.available_after} after its end; facts come {come}."
        )
    return (*_variant(catalog, definition), *sentences)


def _variant(catalog: Catalog, definition: Metric) -> list[str]:
    """Say that a metric is a local variant, and in what it differs; of a global one, that there are variants."""
    if definition.adapts is None:
        names = [f"{one.label} ({one.name}) in {one.in_unit}" for one in variants(catalog, definition.name)]
        return [f"Has local variants, which are never added to it: {', '.join(names)}."] if names else []
    said = [
        f"`{one.key}` is {one.ours}, where the global metric says {one.theirs}"
        for one in differences(catalog, definition)
    ]
    return [
        f"The local variant of {definition.adapts} in {definition.in_unit}; it has figures there alone.",
        f"It differs: {'; '.join(said)}." if said else "It means the same.",
    ]


def _rows(catalog: Catalog, definition: RowMetrics) -> list[str]:
    fact = catalog.facts[definition.of]
    sentences = [_formula(definition, f"{fact.label.lower()} rows")]
    if definition.where:
        sentences.append(f"Only rows where {definition.where}.")
    if not isinstance(definition, Stock):
        clocks = {"unit": "its unit's", "project": "the project's"}
        clock = clocks.get(definition.clock, "its own")
        sentences.append(
            f"A row belongs to the period of its {instant(catalog, definition)}, by {clock} clock."
        )
        if definition.clock not in clocks:
            sentences.append(f"Its time zone is {definition.clock}; without one it is in no period.")
    if definition.dimensions == "as_is":
        sentences.append(
            "What has history is read as it is at the refresh, not as it was at the row's instant."
        )
    sentences += recodings(catalog, definition)
    if definition.weight:
        sentences.append(f"Each row weighs {definition.weight}; rows without a weight are left out.")
    if isinstance(definition, Valued) and definition.given_in is not None:
        sentences.append(_given(definition, definition.given_in))
    return [*sentences, *_beside(definition)]


def recodings(catalog: Catalog, definition: RowMetrics) -> list[str]:
    """Say which codes, among the columns that a metric reads, were redefined, and since when."""
    fact = catalog.facts[definition.of]
    read = set(definition.by).union(
        *(
            e.columns
            for (kind, name, _), e in catalog.expressions.items()
            if (kind, name) == ("metric", definition.name)
        )
    )
    found: dict[str, None] = {}
    for path in sorted(read):
        reference, dot, name = path.rpartition(".")
        target = (
            catalog.facts.get(fact.columns[reference].references or "")
            if dot and reference in fact.columns
            else fact
        )
        column = loaded(catalog, target, name)
        for one in column.recoded if column else ():
            found[f"Before {one.from_.isoformat()}, {name} {one.sentence}."] = None
    return list(found)


def loaded(catalog: Catalog, fact: Fact | None, name: str) -> Column | None:
    """Give the column that a fact's column was loaded into: of versions, that of the rows they are made of."""
    while fact is not None and fact.versions is not None:
        fact = catalog.facts.get(fact.from_ or "")
    return fact.columns.get(name) if fact else None


def _given(definition: Valued, given: str | Money) -> str:
    """Say in what a metric's values are given."""
    if isinstance(given, str):
        return f"Values are given in {given} and shown in {definition.measured_in}."
    oldest = f", if that is no older than {given.no_older_than}" if given.no_older_than else ""
    return (
        f"Amounts are converted from the currency in {given.currency} into {given.to or definition.measured_in}, at "
        f"the rate that held on the row's day{oldest}; rows without a rate are left out and counted."
    )


def _beside(definition: RowMetrics) -> list[str]:
    """Say which figures stand beside the raw one."""
    found = []
    if wanted := definition.standardised:
        total = sum(wanted.to.values())
        mix = ", ".join(f"{value} {share / total:.0%}" for value, share in wanted.to.items())
        found.append(f"Beside it: what it would be with {wanted.by} at {mix}.")
    if definition.raked:
        found.append(f"Beside it: rows weighted to the margins of {' and '.join(definition.raked.to)}.")
    if definition.cluster:
        found.append(f"Beside it: an interval that takes rows of one {definition.cluster} as alike.")
    return found


def _formula(definition: RowMetrics, rows: str) -> str:
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
            return _over_time(definition, rows)


def _over_time(definition: Stock | Distinct | Conversion | Duration | Manual, rows: str) -> str:
    match definition:
        case Stock():
            what = f"Sum of {definition.value} of {rows}" if definition.value else f"Number of {rows}"
            return (
                f"{what} that have entered ({definition.from_}) and not left ({definition.until}) at the "
                f"{definition.level} of the period. Levels are not summed over time."
            )
        case Distinct():
            return f"Number of different {definition.entity} among {rows}."
        case Conversion():
            later = definition.followed_by
            verb = "followed" if definition.counts == "followed" else "not followed"
            which = f" where {later.where}" if later.where else ""
            same = f" with the same {' and '.join(later.same)}" if later.same else ""
            return (
                f"Share of {rows} {verb} within {definition.within} by a {later.fact.replace('_', ' ')}{which} of the "
                f"same {definition.entity}{same}, in {definition.measured_in}. A row counts once that time has passed."
            )
        case Duration():
            return (
                f"The time by which {definition.quantile:.0%} of {rows} get from {definition.from_} to "
                f"{definition.until}, in {definition.measured_in}; rows that are not there yet count with the "
                "time they have waited (Kaplan-Meier)."
            )
        case Manual():
            coarser = {
                "none": "there are no figures for longer periods",
                "sum": "longer periods are their sum",
                "mean": "longer periods are their mean",
                "last": "longer periods show the last",
            }
            return f"Entered by a person for every {definition.every}; {coarser[definition.over_time]}."


def _composed(definition: Composed) -> list[str]:
    match definition:
        case Derived():
            return [f"{definition.formula}, in {definition.measured_in}."]
        case Index():
            total = sum(part.weight for part in definition.parts)
            listed = [
                f"{part.metric} weighs {part.weight / total:.0%}, 0 at {part.worst:g} and 100 at {part.best:g}."
                for part in definition.parts
            ]
            return ["A weighted mean of parts, each put between its worst (0) and its best (100).", *listed]
        case Cumulative():
            if definition.to_date:
                return [
                    f"{definition.metric} from the start of the {definition.to_date} to the end of the period."
                ]
            return [f"{definition.metric} over the {definition.rolling} that end with the period."]


def _parts(catalog: Catalog, definition: Composed) -> list[str]:
    found = []
    for leaf in rows(catalog, definition):
        first, *rest = _rows(catalog, leaf)
        found.append(f"{leaf.name}: {' '.join([first, *rest])}")
    return found
