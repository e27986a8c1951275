"""The same figures by SQL written by hand: in two stages, as somebody would who knows the engine well; and one query
for each KPI and slice, as somebody would who does not care."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.company.definitions import SLICES, TEAMS, centre, region, team

_HANDLE = "talk + hold + wrap"
_CONTACT = f"""
    count(*)::int as n, countif(answered)::int as answered, countif(answered and wait <= 20)::int as in_20,
    countif(answered and wait <= 60)::int as in_60, countif(answered and resolved)::int as answered_resolved,
    countif(resolved)::int as resolved, countif(answered and transfers > 0)::int as transferred,
    countif(resolved and reopened)::int as reopened, countif(bot)::int as bot,
    sum(wait) as wait, sum(wait * wait) as wait2, sum(cost) as cost, sum(cost * cost) as cost2,
    sum(case when resolved then cost end) as cost_resolved,
    sum(case when answered then {_HANDLE} end) as handle,
    sum(case when answered then ({_HANDLE}) * ({_HANDLE}) end) as handle2,
    sum(case when answered then hold end) as hold, sum(case when answered then hold * hold end) as hold2,
    sum(case when answered then transfers end)::int as moves,
    sum(case when answered then transfers * transfers end)::int as moves2,
    sum(case when answered then wrap end) as wrap, sum(case when answered then wrap * wrap end) as wrap2,
    sum(case when answered then wrap * ({_HANDLE}) end) as wrap_handle"""
_ANSWER = """
    count(*)::int as n, countif(nps >= 9)::int as plus, countif(nps <= 6)::int as minus,
    countif(csat >= 4)::int as satisfied, sum(csat)::int as csat, sum(csat * csat)::int as csat2,
    sum(ces)::int as ces, sum(ces * ces)::int as ces2"""
_PURCHASE = """
    count(*)::int as n, countif(not cancelled)::int as kept, countif(cancelled)::int as cancelled,
    sum(case when not cancelled then amount end) as amount,
    sum(case when not cancelled then amount * amount end) as amount2,
    sum(case when not cancelled then amount - cost end) as margin,
    sum(case when not cancelled then (amount - cost) * (amount - cost) end) as margin2,
    sum(case when not cancelled then (amount - cost) * amount end) as margin_amount"""
_BUCKET = "cast(ceil(ln(v) / 0.009950330853168083) as bigint)"
_FOLLOWED = """
    select cast("at" as date) as day, team, channel, product, country,
           coalesce(lead("at") over (partition by customer order by "at") > "at" + interval 7 day, true) as alone
    from read_parquet('{contact}')"""
_CHANGES = """
    select cast("at" as date) as day, team, channel, product, country, 1 as change from read_parquet('{membership}')
    union all
    select cast(left_at as date), team, channel, product, country, -1 from read_parquet('{membership}')
    where left_at is not null"""
_LEVELS = ("team", "centre", "region", "company")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, and what it makes."""

    name: str
    text: str


def organisation() -> Iterator[Statement]:
    """Make the table of teams with what they belong to."""
    rows = ", ".join(
        f"('{team(t)}', '{centre(t // 10)}', '{region(t // 50)}', 'company')" for t in range(TEAMS)
    )
    yield Statement(
        "org", f"create table org(team, centre, region, company) as select * from (values {rows})"
    )


def two_stages(files: Mapping[str, str]) -> Iterator[Statement]:
    """Give leaf marginals by scan, then every upper slice from those; what is not a sum is kept by all columns."""
    aggregates = {"contact": _CONTACT, "answer": _ANSWER, "purchase": _PURCHASE}
    for fact, chosen in aggregates.items():
        rows = f"read_parquet('{files[fact]}')"
        yield from _slices(fact, f'(select cast("at" as date) as day, * from {rows})', chosen)
    followed = _FOLLOWED.format(**files)
    yield Statement("followed", f"create temp table followed as {followed}")
    yield from _slices("followed", "followed", "count(*)::int as n, countif(alone)::int as alone")
    yield Statement("followed", "drop table followed")
    yield from _slices("membership", f"({_CHANGES.format(**files)})", "sum(change)::int as change")
    keys = 'cast("at" as date) as day, team, channel, product, country'
    value = f"(select *, {_HANDLE} as v from read_parquet('{files['contact']}') where answered)"
    yield Statement(
        "handle",
        f"create table handle as select {keys}, {_BUCKET} as h, count(*)::int as n from {value} group by all",
    )
    yield Statement(
        "customers", f"create table customers as select {keys}, customer, count(*)::int as n "
        f"from read_parquet('{files['contact']}') group by all",
    )  # fmt: skip


def _slices(name: str, source: str, chosen: str) -> Iterator[Statement]:
    for column in SLICES:
        yield Statement(
            f"{name} by {column}",
            f"create table {name}_team_{column} as select day, team, {column}, {chosen} from {source} group by all",
        )
    for below, level in pairwise(_LEVELS):
        for column in SLICES:
            yield Statement(
                f"{name} up",
                f"create table {name}_{level}_{column} as select day, {level}, {column}, "
                f"sum(columns(* exclude (day, {below}, {level}, {column}))) from {name}_{below}_{column} "
                f"join (select distinct {below}, {level} from org) using ({below}) group by all",
            )


def one_by_one(files: Mapping[str, str]) -> Iterator[Statement]:
    """Give one query for each KPI, level and slice: the value alone, by day."""
    values = {
        "contact": [
            "count(*)", "avg(answered::int)", "avg((not answered)::int)", "avg((answered and wait <= 20)::int)",
            "avg((answered and wait <= 60)::int)", "avg(resolved::int) filter (where answered)",
            "avg((transfers > 0)::int) filter (where answered)", "avg(reopened::int) filter (where resolved)",
            "avg(bot::int)", f"avg({_HANDLE}) filter (where answered)", "avg(wait)",
            "avg(hold) filter (where answered)", "avg(transfers) filter (where answered)",
            f"sum({_HANDLE}) filter (where answered)", "sum(cost)",
            "sum(cost) / countif(resolved)", f"sum(wrap) / sum({_HANDLE})",
            f"quantile_cont({_HANDLE}, 0.9) filter (where answered)", "count(distinct customer)", "avg(alone::int)",
        ],
        "answer": ["count(*)", "avg((nps >= 9)::int) - avg((nps <= 6)::int)", "avg((csat >= 4)::int)", "avg(csat)",
                   "avg(ces)"],
        "purchase": ["sum(amount) filter (where not cancelled)", "avg(amount) filter (where not cancelled)",
                     "avg(cancelled::int)", "sum(amount - cost) / sum(amount)"],
        "membership": ["sum(sum(change)) over (partition by {level}, {column} order by day)"],
    }  # fmt: skip
    for fact, formulas in values.items():
        for number, formula in enumerate(formulas):
            source = f"(select cast(\"at\" as date) as day, * from read_parquet('{files[fact]}'))"
            if "alone" in formula:
                source = f"({_FOLLOWED.format(**files)})"
            if fact == "membership":
                source = f"({_CHANGES.format(**files)})"
            for level in _LEVELS:
                for column in SLICES:
                    value = formula.format(level=level, column=column)
                    yield Statement(
                        f"{fact} {number}",
                        f"create or replace temp table answer as select day, {level}, {column}, {value} as value "
                        f"from {source} join org using (team) group by day, {level}, {column}",
                    )
