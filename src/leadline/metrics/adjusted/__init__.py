"""Figures adjusted for what the raw ones leave out: clusters, reference mixes, margins. Pure numbers in and out.

Also what may be shown of a table whose small cells may not. Everything is in natural scale, as in
`metrics/intervals.py`; measured coverage is in docs/statistics.md.
"""
