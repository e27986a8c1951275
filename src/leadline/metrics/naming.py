"""Names made from meaning: equal content has an equal name, so what is made once is found again."""

import hashlib
import json


def digest(value: object, length: int = 24) -> str:
    """Give a name for a JSON value: so many hex digits of its hash."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:length]
