"""The rows of several queries as those of one."""

from collections.abc import Sequence

from sqlglot import exp


def union_all(queries: Sequence[exp.Query]) -> exp.Query:
    """Give `UNION ALL` of one query or more, which it uses up."""
    return exp.union(*queries, distinct=False, copy=False) if len(queries) > 1 else queries[0]
