"""Rules that hold between definitions, one per file. Each takes the whole catalog and gives what breaks it.

A rule says nothing about what another problem already says: a name whose definition is unusable counts as known.
"""

from collections.abc import Callable, Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem
from leadline.catalog.rules import (
    calendar_hours,
    calendar_used,
    calendar_years,
    column_constraints,
    column_references,
    derived_columns,
    fact_history,
    fact_places,
    fact_stitched,
    fact_versions,
    governed_names,
    identity_values,
    known_names,
    measure_periods,
    measure_targets,
    measure_units,
    metric_adapts,
    metric_adjusted,
    metric_by,
    metric_converted,
    metric_events,
    metric_instant,
    metric_loaded,
    metric_mixed,
    metric_owned,
    metric_parts,
    metric_purpose,
    objective_used,
    organisation,
    policy_names,
    portable_patterns,
    project_alone,
    reconciliation_sides,
    role_permissions,
    rows_looked_at,
    scorecard_weights,
    source_api,
    source_columns,
    source_database,
    source_expected,
    source_files,
    source_format,
    source_origin,
    source_stream,
    time_zones,
)

Rule = Callable[[Catalog], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    calendar_hours.check,
    calendar_used.check,
    calendar_years.check,
    column_constraints.check,
    column_references.check,
    derived_columns.check,
    fact_history.check,
    fact_places.check,
    fact_stitched.check,
    fact_versions.check,
    governed_names.check,
    identity_values.check,
    known_names.check,
    measure_periods.check,
    measure_targets.check,
    measure_units.check,
    metric_adapts.check,
    metric_adjusted.check,
    metric_by.check,
    metric_converted.check,
    metric_events.check,
    metric_instant.check,
    metric_loaded.check,
    metric_mixed.check,
    metric_owned.check,
    metric_parts.check,
    metric_purpose.check,
    objective_used.check,
    organisation.check,
    policy_names.check,
    portable_patterns.check,
    project_alone.check,
    reconciliation_sides.check,
    role_permissions.check,
    rows_looked_at.check,
    scorecard_weights.check,
    source_api.check,
    source_columns.check,
    source_database.check,
    source_expected.check,
    source_files.check,
    source_format.check,
    source_origin.check,
    source_stream.check,
    time_zones.check,
)


def check(catalog: Catalog) -> Iterator[Problem]:
    """Give everything that any rule finds."""
    for rule in RULES:
        yield from rule(catalog)
