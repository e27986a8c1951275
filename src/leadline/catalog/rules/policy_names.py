"""A project has one policy; the purposes it names are declared, and one value belongs to one jurisdiction."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Definition, Policy, ResolvedColumn
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find second policies, purposes that are none, and jurisdictions that cannot be told apart."""
    for name in sorted(catalog.policies)[1:]:
        yield Problem(
            "error", "second-policy", "There is another policy.", catalog.place(catalog.policies[name], "name"),
            "Write all purposes and jurisdictions into one: two could contradict each other.",
        )  # fmt: skip
    if policy := catalog.policy:
        yield from _policy(catalog, policy)
    if catalog.project.purpose:
        yield from known(catalog, catalog.project.purpose, catalog.project, "purpose")
    for fact in catalog.facts.values():
        for name, column in fact.columns.items():
            for nth, purpose in enumerate(column.purposes or ()):
                yield from known(catalog, purpose, fact, "columns", name, "purposes", nth)


def _policy(catalog: Catalog, policy: Policy) -> Iterator[Problem]:
    customer = catalog.facts.get("customer")
    if policy.jurisdiction and customer and policy.jurisdiction not in customer.columns:
        yield Problem(
            "error", "unknown-column", f"The fact 'customer' has no column {policy.jurisdiction!r}.",
            catalog.place(policy, "jurisdiction"), suggest(policy.jurisdiction, customer.columns),
        )  # fmt: skip
    reaches = policy.withdrawal_reaches
    if reaches and customer and not isinstance(customer.columns.get(reaches), ResolvedColumn):
        yield Problem(
            "error", "unknown-person", f"No identity resolves a column {reaches!r} of the fact 'customer'.",
            catalog.place(policy, "withdrawal_reaches"),
            suggest(reaches, [n for n, c in customer.columns.items() if isinstance(c, ResolvedColumn)])
            or "Declare an identity of the fact 'customer' (docs/identity.md), and name its column.",
        )  # fmt: skip
    if policy.jurisdictions and not policy.jurisdiction:
        yield Problem(
            "error", "no-jurisdiction", "Nothing says which jurisdiction a customer belongs to.",
            catalog.place(policy, "jurisdictions"), "Write `jurisdiction:` and a column of the fact `customer`.",
        )  # fmt: skip
    seen: dict[str, str] = {}
    for name, jurisdiction in policy.jurisdictions.items():
        for nth, value in enumerate(jurisdiction.of):
            if value in seen:
                yield Problem(
                    "error", "jurisdiction-twice", f"{value!r} belongs to {seen[value]!r} already.",
                    catalog.place(policy, "jurisdictions", name, "of", nth), "One law holds for a customer.",
                )  # fmt: skip
            seen.setdefault(value, name)
        for purpose in (*jurisdiction.purposes, *jurisdiction.channels):
            where = "purposes" if purpose in jurisdiction.purposes else "channels"
            yield from known(catalog, purpose, policy, "jurisdictions", name, where, purpose)


def known(catalog: Catalog, purpose: str, definition: Definition, *path: str | int) -> Iterator[Problem]:
    """Find a purpose that the policy does not declare."""
    policy = catalog.policy
    if (
        policy is None or purpose in policy.purposes
    ):  # without a policy a purpose is a word that only tells figures apart
        return
    yield Problem(
        "error", "unknown-purpose", f"There is no purpose {purpose!r}.", catalog.place(definition, *path),
        suggest(purpose, policy.purposes) or f"The policy declares {', '.join(policy.purposes)}.",
    )  # fmt: skip
