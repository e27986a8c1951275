"""Whose rows a fact's are: the ways from a fact to the customer, through the references that are declared."""

from collections.abc import Mapping

from leadline.catalog.definitions import Fact

CUSTOMER = "customer"
"""The fact whose rows are the persons that rights belong to."""

Way = tuple[str, ...]
"""Columns to follow one after the other; of the last one the value is a customer's key."""


def of_customers(facts: Mapping[str, Fact], name: str) -> bool:
    """Tell whether customers decide about a fact's rows: it leads to one, or is made of a fact that does."""
    fact = facts.get(name)
    return fact is not None and bool(
        to_customer(facts, name) or (fact.from_ and of_customers(facts, fact.from_))
    )


def to_customer(facts: Mapping[str, Fact], name: str) -> tuple[Way, ...]:
    """Give the shortest ways from a fact to a customer, all of the same length; none where there is no way.

    The fact `customer` is at its end itself: its way is its own key.
    """
    fact = facts.get(name)
    if fact is None:
        return ()
    if name == CUSTOMER:
        return ((fact.entity,),) if fact.entity else ()
    open_: list[tuple[Way, Fact]] = [((), fact)]
    seen = {name}
    while open_:
        steps = [((*way, c), fact.columns[c].references) for way, fact in open_ for c in sorted(fact.columns)]
        found = tuple(way for way, target in steps if target == CUSTOMER)
        if found:
            return found
        further = [(way, facts[to]) for way, to in steps if to is not None and to in facts and to not in seen]
        seen |= {fact.name for _, fact in further}
        open_ = further
    return ()
