"""Learning a model with Splink: u from random pairs, m by expectation maximisation, both without labels and seeded."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from leadline.catalog.definitions.identity import Identity, Likely
from leadline.errors import IdentityError
from leadline.ingest.identity.grades import Graded, Sides, agreeing, graded, same
from leadline.ingest.identity.model import Compared, GradeWeights, Model, rounded, unlearned
from leadline.ingest.identity.standard import column
from leadline.store.linkage import with_linker
from leadline.store.staging import Staging

if TYPE_CHECKING:
    from splink import Linker

LEAST_RECORDS = 30
"""Of fewer records nothing can be learned."""
SEEN, UNIQUE = "learned_from", "record"
DIFFERENT = "different"


def learned(staging: Staging, identity: Identity, records: str, version: int, basis: str) -> Model:
    """Learn from a staged table of standardised records; nothing in it changes.

    Raises:
        IdentityError: there is too little to learn from (`identity-learning`).
        StoreError: Splink is missing, or fails.
    """
    likely = identity.likely
    assert likely is not None  # noqa: S101 - the caller asks only where likely links are declared
    names = [exp.column(column(name), quoted=True) for name in identity.values]
    staging.drop(SEEN)
    rows = staging.create(SEEN, exp.select(exp.column(UNIQUE), *names).from_(records))
    if rows < LEAST_RECORDS:
        raise _too_little(identity, f"it has {rows} records, fewer than {LEAST_RECORDS}")
    found = graded(identity, Sides(suffixed=True))
    try:
        said = with_linker(
            staging, SEEN, _settings(found, likely), lambda linker: _trained(linker, identity, likely)
        )
    finally:
        staging.drop(SEEN)
    prior = float(said["probability_two_random_records_match"])
    if not 0 < prior < 1:
        raise _too_little(identity, "no two records agree in one of the lists under `certain`")
    compared = tuple(_compared(one, given) for one, given in zip(found, said["comparisons"], strict=True))
    return Model(version, basis, rounded(prior), rows, compared)


def _too_little(identity: Identity, why: str) -> IdentityError:
    return IdentityError(
        f"Nothing can be learned for {identity.name!r}: {why}.", code="identity-learning",
        hint="Certain links are still made; likely ones follow when there is more to learn from.",
    )  # fmt: skip


def _settings(found: Sequence[Graded], likely: Likely) -> dict[str, Any]:
    """Say the comparisons in Splink's words."""
    comparisons = []
    for one in found:
        levels: list[dict[str, Any]] = [
            {"sql_condition": _sql(one.unknown), "label_for_charts": "unknown", "is_null_level": True}
        ]
        levels += [{"sql_condition": _sql(g.condition), "label_for_charts": g.words} for g in one.grades]
        levels.append({"sql_condition": "ELSE", "label_for_charts": DIFFERENT})
        comparisons.append({"output_column_name": one.name, "comparison_levels": levels})
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": UNIQUE,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [_agreeing(values) for values in likely.pairs],
    }


def _agreeing(values: Sequence[str]) -> str:
    return _sql(same(values, Sides()))


def _sql(tree: exp.Expr) -> str:
    return tree.sql("duckdb", identify=True)


def _trained(linker: "Linker", identity: Identity, likely: Likely) -> Mapping[str, Any]:
    learn, training = likely.learn, linker.training
    pairs: list[Any] = [_sql(agreeing(identity, values, Sides())) for values in learn.certain]
    training.estimate_probability_two_random_records_match(pairs, recall=learn.recall)
    training.estimate_u_using_random_sampling(max_pairs=learn.pairs, seed=learn.seed)
    seen = 0
    for values in learn.on:
        try:
            training.estimate_parameters_using_expectation_maximisation(
                _agreeing(values), estimate_without_term_frequencies=True, max_pairs=learn.pairs,
                record_sample_proportion=1.0,
            )  # fmt: skip
            seen += 1
        except Exception as error:
            if type(error).__name__ != "EMTrainingException":  # which says that no pair agrees in this list
                raise
    if not seen:
        raise _too_little(identity, "no two records agree in one of the lists under `on`")
    said: Mapping[str, Any] = linker.misc.save_model_to_json()
    return said


def _compared(one: Graded, given: Mapping[str, Any]) -> Compared:
    words = [*(grade.words for grade in one.grades), DIFFERENT]
    levels = [level for level in given["comparison_levels"] if not level.get("is_null_level")]
    m, u = ([level.get(f"{kind}_probability") for level in levels] for kind in "mu")
    if all(value is None for value in m):
        fallback = unlearned(words[:-1])
        grades = tuple(
            GradeWeights(g.words, g.m, rounded(known) if known is not None else g.u, learned=False)
            for g, known in zip(fallback, u, strict=True)
        )
        return Compared(one.name, grades)
    return Compared(
        one.name,
        tuple(
            GradeWeights(w, _known(a), _known(b), a is not None and b is not None)
            for w, a, b in zip(words, m, u, strict=True)
        ),
    )


def _known(value: float | None) -> float:
    """A grade that no pair had is as rare as can be told; on both sides, so that it says nothing."""
    return rounded(value) if value is not None else 1e-6
