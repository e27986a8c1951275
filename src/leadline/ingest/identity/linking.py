"""What speaks for two records being one: decisions, then rules, then likeness; and what is left to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.catalog.definitions.identity import Identity
from leadline.ingest.identity.changes import Reason
from leadline.ingest.identity.clusters import Clusters, Guards, Ints, Links, clustered
from leadline.ingest.identity.decisions import Decided, Decision
from leadline.ingest.identity.model import least_bits, probability
from leadline.ingest.identity.pairs import Found

UNCERTAIN = "uncertain"
REVIEW = pa.schema([
    ("a", pa.string()), ("b", pa.string()), ("bits", pa.float64()), ("rule", pa.string()), ("reason", pa.string()),
])  # fmt: skip


@dataclass
class Evidence:
    """Everything that links records: `certain` pairs by rule, `known` pairs by likeness (the best first), decisions."""

    identity: Identity
    keys: pa.Array
    certain: Found
    known: Found
    decided: Decided
    made: Links = field(init=False)
    _rejected: list[tuple[int, int]] = field(init=False)
    _match: int = field(init=False)

    def __post_init__(self) -> None:
        """Put the links in order, the strongest first."""
        firm = self.numbers(self.decided.accepted)
        self._rejected = self.numbers(self.decided.rejected)
        likely = self.identity.likely
        bits = self.known.known
        self._match = int(np.count_nonzero(bits >= round(least_bits(likely.match), 6))) if likely else 0
        first = np.array(sorted(firm), dtype=np.int64).reshape(-1, 2)
        self.made = Links(
            np.concatenate([first[:, 0], self.certain.left, self.known.left[: self._match]]),
            np.concatenate([first[:, 1], self.certain.right, self.known.right[: self._match]]),
            firm=len(first),
        )

    @property
    def links(self) -> int:
        """The number of links between records."""
        return len(self.made.left)

    def clustered(self, never: Sequence[Ints]) -> Clusters:
        """Give the persons."""
        guards = Guards(self.identity.at_most, never, self._rejected)
        return clustered(len(self.keys), self.made, guards)

    def numbers(self, pairs: dict[tuple[str, str], Decision]) -> list[tuple[int, int]]:
        """Give pairs of keys as numbers; those of records that are not there are left out."""
        if not pairs:
            return []
        a, b = (pa.array([pair[side] for pair in pairs], pa.string()) for side in (0, 1))
        left, right = (pc.index_in(side, value_set=self.keys).to_pylist() for side in (a, b))
        return [(x, y) for x, y in zip(left, right, strict=True) if x is not None and y is not None]

    def because(self, link: int) -> str:
        """Say what a link rests on."""
        firm, rules = self.made.firm, len(self.certain.left)
        a, b = self.keys[int(self.made.left[link])].as_py(), self.keys[int(self.made.right[link])].as_py()
        if link < firm:
            decision = self.decided.accepted[a, b]
            said = f": {decision.because}" if decision.because else ""
            return f"accepted by {decision.actor} (decision {decision.number}){said}"
        if link < firm + rules:
            return f"rule {self.identity.same[int(self.certain.known[link - firm])].name}: {a} and {b}"
        share = probability(float(self.known.known[link - firm - rules]))
        return f"likely ({share:.4f}): {a} and {b}"

    def reasons(self, actor: str, level: str, *, anew: bool) -> Reason:
        """Give what says why ids of a level changed, and by whom: of a merge the strongest link of what moved."""
        touched: dict[str, Decision] = {}
        here = self.decided.at(level)
        for pair, decision in [*self.decided.rejected.items(), *here.rejected.items()]:
            touched |= dict.fromkeys(pair, decision)
        joined = {key: decision for pair, decision in here.accepted.items() for key in pair}
        begins = np.argsort(self.made.left, kind="stable")
        ends = np.argsort(self.made.right, kind="stable")
        by_left, by_right = self.made.left[begins], self.made.right[ends]

        def of(record: int) -> list[int]:
            found = begins[slice(*np.searchsorted(by_left, [record, record + 1]))].tolist()
            return [*found, *ends[slice(*np.searchsorted(by_right, [record, record + 1]))].tolist()]

        def why(what: str, moved: Sequence[str], numbers: Sequence[int]) -> tuple[str, str]:
            if what == "split":
                decision = next((touched[key] for key in moved if key in touched), None)
                if decision is not None:
                    return f"rejected by {decision.actor} (decision {decision.number})", decision.actor
                if anew:
                    return "the definition or what was learned changed", actor
                return "records that linked them changed or went, or a decision was undone", actor
            decision = next((joined[key] for key in moved if key in joined), None)
            if decision is not None:
                return f"accepted by {decision.actor} (decision {decision.number})", decision.actor
            inside = set(numbers)
            crossing = [
                link for record in sorted(inside)
                for link in of(record)
                if int(self.made.left[link]) not in inside or int(self.made.right[link]) not in inside
            ]  # fmt: skip
            if not crossing:
                return "records that linked them changed", actor
            strongest = min(crossing)
            by = self._actor(strongest) or actor
            return self.because(strongest), by

        return why

    def _actor(self, link: int) -> str:
        if link >= self.made.firm:
            return ""
        pair = (self.keys[int(self.made.left[link])].as_py(), self.keys[int(self.made.right[link])].as_py())
        return self.decided.accepted[pair].actor


def review(evidence: Evidence, persons: Clusters, ids: pa.Array) -> pa.Table:
    """Give the pairs that a person should look at, the likeliest first: one for each two persons.

    They are too likely to be passed over and not likely enough, or a guard held them back; rejected ones are not asked.
    """
    firm, rules = evidence.made.firm, len(evidence.certain.left)
    settled = {tuple(sorted(pair)) for pair in evidence._rejected}  # noqa: SLF001 - of this module
    rows: list[dict[str, object]] = []
    couples: set[tuple[str, str]] = set()

    def add(left: int, right: int, bits: float | None, rule: str | None, reason: str) -> None:
        one, other = sorted((ids[left].as_py(), ids[right].as_py()))
        if one == other or (one, other) in couples or (left, right) in settled:
            return
        couples.add((one, other))
        rows.append({"a": evidence.keys[left].as_py(), "b": evidence.keys[right].as_py(), "bits": bits, "rule": rule,
                     "reason": reason})  # fmt: skip

    for link, reason in persons.held:
        left, right = int(evidence.made.left[link]), int(evidence.made.right[link])
        if reason == "rejected":
            continue
        if firm <= link < firm + rules:
            add(
                left,
                right,
                None,
                evidence.identity.same[int(evidence.certain.known[link - firm])].name,
                reason,
            )
        elif link >= firm + rules:
            add(left, right, float(evidence.known.known[link - firm - rules]), None, reason)
    first = persons.first
    later = slice(evidence._match, None)  # noqa: SLF001 - of this module
    ones, others, bits = evidence.known.left[later], evidence.known.right[later], evidence.known.known[later]
    apart = np.flatnonzero(first[ones] != first[others])
    for at in apart.tolist():
        add(int(ones[at]), int(others[at]), float(bits[at]), None, UNCERTAIN)
    return pa.Table.from_pylist(rows, REVIEW)
