"""Units of measure that are converted into each other by a fixed factor: lengths of time, and shares of a whole."""

_KINDS: tuple[dict[str, float], ...] = (
    {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0},
    {"percent": 1.0, "fraction": 100.0},
)


def convertible(given: str, wanted: str) -> bool:
    """Tell whether there is a factor between two units of measure."""
    return any(given in kind and wanted in kind for kind in _KINDS)


def alike(given: str) -> tuple[str, ...]:
    """Name the units of measure that one can be converted into, itself included; none if it is not known."""
    return next((tuple(kind) for kind in _KINDS if given in kind), ())


def factor(given: str, wanted: str) -> float:
    """Give what a number in one unit of measure must be multiplied by to be in another. Raises KeyError."""
    kind = next((kind for kind in _KINDS if given in kind), {})
    return kind[given] / kind[wanted]
