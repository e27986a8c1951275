"""Which rows may not be used for a purpose: the policy, and what customers said, as of a refresh.

A customer's word on a purpose, for every channel or for one, holds until the next one; at one instant, a withdrawal
goes before a consent. Where the policy says whom a withdrawal reaches (`withdrawal_reaches: person`), those of a
person's other records are heard as well: being one person takes rights, and never gives any. A row may be used where
the word at its own instant gave the right (or, without a word, the default of the customer's jurisdiction) and, unless
the purpose says `from_then_on`, the word at the refresh gives it too. A row that is made of others may be used where
all of them may. So no stricter policy ever lets a row in that another leaves out. Rows of a date are judged by the
word at its end.

What time changes is what has been said by now: two refreshes between two words find the same rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from leadline.catalog import Catalog, composition
from leadline.catalog.definitions import Conversion, Fact, Jurisdiction, Policy, RowMetric
from leadline.catalog.definitions.policy import still
from leadline.catalog.references import CUSTOMER, Way, of_customers, to_customer
from leadline.catalog.resolved import RECORD
from leadline.errors import IdentityError
from leadline.ingest import conversions as c
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.derived import going_into
from leadline.ingest.leaving import Found, Rows, reasoned
from leadline.store.casts import as_type
from leadline.store.engine import Engine, Relation, ValueType

CONSENTING = 2
"""Grows whenever other rows are found by the same policy and words."""

NO_CONSENT, WITHDRAWN_SINCE = "no_consent", "withdrawn_since"
WORDS = "consent_event"
CHANNEL = "channel"
"""The column of a fact that says by which channel a row came, where it has one."""

_ROW, _WORD, _WHO, _EVER = "f", "w", "c", "e"
Live = Mapping[str, Sequence[Relation]]


def without_right(rows: Rows) -> list[Found]:
    """Find the rows that may not be used for a purpose that a metric reads them for.

    Raises:
        IdentityError: withdrawals reach all records of a person, and no identity was resolved.
    """
    policy, wanted = rows.catalog.policy, list(asked(rows.catalog))
    if policy is None or not wanted:
        return []
    who = rows.people.get(CUSTOMER, {}).get(policy.withdrawal_reaches or "")
    if policy.withdrawal_reaches and who is None:
        raise IdentityError(
            f"Nobody knows yet which customers share {policy.withdrawal_reaches!r}: whom withdrawals reach cannot be "
            "told.",
            code="identity-unknown", hint="Refresh.",
        )  # fmt: skip
    rights = _Rights(rows.catalog, rows.engine, rows.relations, policy, _last_word(rows), rows.people, who)
    found = [rights.found(rows.catalog.facts[fact], purpose) for fact, purpose in wanted]
    later = [(fact, name) for fact, name in wanted if policy.purposes[name].withdrawal == "from_then_on"]
    return [*found, *(rights.found(rows.catalog.facts[fact], name, since=True) for fact, name in later)]


def asked(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Give the facts whose rows customers may forbid, each with a purpose that a metric reads it for, in order."""
    found: set[tuple[str, str]] = set()
    for metric in catalog.metrics.values():
        if not isinstance(metric, RowMetric) or catalog.policy is None:
            continue
        name = composition.purpose(catalog, metric)
        purpose = catalog.policy.purposes.get(name or "")
        if name is None or purpose is None or not purpose.asks:
            continue
        read = {metric.of, *((metric.followed_by.fact,) if isinstance(metric, Conversion) else ())}
        found |= {(fact, name) for fact in read if of_customers(catalog.facts, fact)}
    yield from sorted(found)


def _last_word(rows: Rows) -> datetime | None:
    """Give the instant of the last word that is said by the refresh: until the next one, time changes nothing."""
    at = exp.column("happened_at", table=_WORD, quoted=True)
    said = exp.LTE(this=at, expression=_instant(rows.now))
    words = rows.engine.scan(rows.relations.get(WORDS, ()), {"happened_at": "instant"}, _WORD)
    query = exp.select(exp.alias_(exp.Max(this=at.copy()), "last", quoted=True)).from_(words).where(said)
    last = rows.engine.read(query).to_pylist()[0]["last"]
    return last if isinstance(last, datetime) else None


@dataclass(frozen=True, slots=True)
class _Rights:
    """What decides the rights in one refresh."""

    catalog: Catalog
    engine: Engine
    live: Live
    policy: Policy
    last: datetime | None
    people: Mapping[str, Mapping[str, Relation]]
    persons: Relation | None
    """Where it stands whose records are one, if a withdrawal reaches all of them."""

    def found(self, fact: Fact, purpose: str, *, since: bool = False) -> Found:
        """Give the rows of a fact that may not be used for a purpose; with `since`, for what compares customers who
        have withdrawn since with the others, those of either."""
        rights = self.catalog.fingerprints.rights(purpose)
        last = self.last.isoformat() if self.last else None
        read: set[str] = {WORDS, CUSTOMER}
        whose: list[object] = []
        here: Fact | None = fact
        while here:
            ways = to_customer(self.catalog.facts, here.name)
            read |= {here.name, *(f.name for way in ways for f in self._through(here, way))}
            whose.append([here.key, here.at, ways])
            here = self.catalog.facts.get(here.from_ or "")
        inputs = {name: [r.key for r in self.live.get(name, ())] for name in sorted(read)}
        persons = self.persons.key if self.persons else None
        said = [CONSENTING, whose, self.catalog.project.time_zone, rights, last, inputs, persons, since]
        return Found(fact.name, lambda: self._every(fact, purpose, since=since), said)

    def _every(self, fact: Fact, purpose: str, *, since: bool) -> exp.Query:
        """Select the keys of rows without a right: by each way to the customer, and by what they are made of."""
        ways = to_customer(self.catalog.facts, fact.name)
        queries: list[exp.Query] = [self._without(fact, way, purpose, since=since) for way in ways]
        if fact.from_ and of_customers(self.catalog.facts, fact.from_):
            queries.append(self._made_of(fact, purpose, since=since))
        query = queries[0]
        for other in queries[1:]:
            query = exp.union(query, other, distinct=True, copy=False)
        return query

    def _made_of(self, fact: Fact, purpose: str, *, since: bool) -> exp.Select:
        """Select the keys of derived rows of which a row that they are made of is without a right."""
        parent = self.catalog.facts[fact.from_ or ""]
        into = going_into(self.catalog, self.engine, self.live, self.people, fact)
        told = [fact.entity or ""] if fact.versions else list(fact.key)
        gone = self._every(parent, purpose, since=since).subquery("g")
        same = [
            exp.EQ(
                this=exp.column(f"_from{n}", table="i", quoted=True),
                expression=exp.column(k, table="g", quoted=True),
            )
            for n, k in enumerate(parent.key)
        ]
        places = [exp.column(f"_into{n}", table="i", quoted=True) for n in range(len(told))]
        spoilt = (
            exp.select(*places)
            .distinct()
            .from_(into.subquery("i"))
            .join(gone, on=exp.and_(*same))
            .subquery("s")
        )
        mine = [
            exp.EQ(
                this=exp.column(k, table=_ROW, quoted=True),
                expression=exp.column(f"_into{n}", table="s", quoted=True),
            )
            for n, k in enumerate(told)
        ]
        reason = (WITHDRAWN_SINCE, still(purpose)) if since else (NO_CONSENT, purpose)
        keys = [exp.column(name, table=_ROW, quoted=True) for name in fact.key]
        rows = self._scan(fact, {*fact.key, *told}, _ROW)
        return reasoned(exp.select(*keys), *reason).from_(rows).join(spoilt, on=exp.and_(*mine))

    def _through(self, fact: Fact, way: Way) -> list[Fact]:
        """Give the facts between a fact and the customer."""
        found, here = [], fact
        for step in way[:-1]:
            here = self.catalog.facts[here.columns[step].references or ""]
            found.append(here)
        return found

    def _without(self, fact: Fact, way: Way, purpose: str, *, since: bool) -> exp.Select:
        """Select the keys of rows that are without a right, by one way to the customer."""
        keys = [exp.column(name, table=_ROW, quoted=True) for name in fact.key]
        names = {*fact.key, way[0], *((fact.at,) if fact.at else ())}
        names |= {CHANNEL} & fact.columns.keys()
        reason = (WITHDRAWN_SINCE, still(purpose)) if since else (NO_CONSENT, purpose)
        query = reasoned(exp.select(*keys), *reason).from_(self._scan(fact, names, _ROW))
        at = _ROW
        for step, (column, other) in enumerate(zip(way, self._through(fact, way), strict=False)):
            alias = f"r_{step}"
            entity = other.entity or other.key[0]
            here = exp.column(column, table=at, quoted=True)
            same = exp.EQ(this=here, expression=exp.column(entity, table=alias, quoted=True))
            query = query.join(self._scan(other, {entity, way[step + 1]}, alias), on=same, join_type="left")
            at = alias
        who = exp.column(way[-1], table=at, quoted=True)
        query = self._doubtful(query, fact, who, purpose)
        query = self._with_words(query, fact, who, purpose)
        query = self._with_customer(query, who)
        return query.group_by(*(key.copy() for key in keys)).having(
            self._forbidden(fact, who, purpose, since=since)
        )

    def _doubtful(self, query: exp.Select, fact: Fact, who: exp.Expr, purpose: str) -> exp.Select:
        """Pass over rows whose customer never withdrew, and had consented to every channel by then: most rows."""
        no = exp.Max(
            this=exp.Case().when(_word("granted"), exp.Literal.number(0)).else_(exp.Literal.number(1))
        )
        first = exp.Min(
            this=c.when(c.all_of(_word("granted"), c.absent(_word(CHANNEL))), _word("happened_at"))
        )
        summed = (
            exp.select(
                _word("customer"),
                exp.alias_(no, "_no", quoted=True),
                exp.alias_(first, "_first", quoted=True),
            )
            .from_(self._words(purpose))
            .group_by(_word("customer"))
            .subquery(_EVER)
        )
        ever = {name: exp.column(name, table=_EVER, quoted=True) for name in ("customer", "_no", "_first")}
        sure = c.all_of(
            exp.EQ(this=ever["_no"], expression=exp.Literal.number(0)), self._by_then(fact, ever["_first"])
        )
        known = exp.func("coalesce", exp.paren(c.all_of(c.present(ever["_first"]), sure)), exp.false())
        same = exp.EQ(this=ever["customer"], expression=who.copy())
        return query.join(summed, on=same, join_type="left").where(exp.Not(this=known))

    def _words(self, purpose: str) -> exp.Subquery:
        """Select what was said of a purpose by now, by each customer's record or, of withdrawals, by another of the
        same person."""
        own = self._said(purpose)
        if self.persons is None:
            return own.subquery(_WORD)
        types: dict[str, ValueType] = {RECORD: "text", self.policy.withdrawal_reaches or "": "text"}
        who = {side: self.engine.scan([self.persons], types, side) for side in ("p", "q")}
        one, other = (exp.column(RECORD, table=side, quoted=True) for side in who)
        persons = [exp.column(self.policy.withdrawal_reaches or "", table=side, quoted=True) for side in who]
        chosen = [exp.alias_(other, "customer", quoted=True)]
        chosen += [_word(name) for name in (CHANNEL, "granted", "happened_at")]
        others = (
            exp.select(*chosen).from_(self._said(purpose).where(exp.Not(this=_word("granted"))).subquery(_WORD))
            .join(who["p"], on=exp.EQ(this=one, expression=_word("customer")))
            .join(who["q"], on=exp.and_(exp.EQ(this=persons[0], expression=persons[1]),
                                        exp.NEQ(this=one.copy(), expression=other.copy())))
        )  # fmt: skip
        return exp.union(own, others, distinct=False).subquery(_WORD)

    def _said(self, purpose: str) -> exp.Select:
        """Select what was said of a purpose by now: `customer`, `channel`, `granted`, `happened_at`."""
        types: dict[str, ValueType] = {
            "customer": "text", "purpose": "text", CHANNEL: "text", "granted": "boolean", "happened_at": "instant",
        }  # fmt: skip
        by_now = (
            exp.LTE(this=_word("happened_at"), expression=_instant(self.last)) if self.last else exp.false()
        )
        columns = [_word(name) for name in ("customer", CHANNEL, "granted", "happened_at")]
        scan = self.engine.scan(self.live.get(WORDS, ()), types, _WORD)
        said = exp.EQ(this=_word("purpose"), expression=c.text(purpose))
        return exp.select(*columns).from_(scan).where(said, by_now)

    def _with_words(self, query: exp.Select, fact: Fact, who: exp.Expr, purpose: str) -> exp.Select:
        words = self._words(purpose)
        everywhere = c.absent(_word(CHANNEL))
        about: exp.Expr = everywhere
        if CHANNEL in fact.columns:
            mine = exp.column(CHANNEL, table=_ROW, quoted=True)
            about = exp.paren(exp.or_(everywhere, exp.EQ(this=_word(CHANNEL), expression=mine)))
        same = exp.EQ(this=_word("customer"), expression=who.copy())
        return query.join(words, on=exp.and_(same, about), join_type="left")

    def _with_customer(self, query: exp.Select, who: exp.Expr) -> exp.Select:
        customer, column = self.catalog.facts[CUSTOMER], self.policy.jurisdiction
        if column is None or customer.entity is None:
            return query
        rows = self._scan(customer, {customer.entity, column}, _WHO)
        entity = exp.column(customer.entity, table=_WHO, quoted=True)
        return query.join(rows, on=exp.EQ(this=entity, expression=who.copy()), join_type="left")

    def _scan(self, fact: Fact, names: set[str], alias: str) -> exp.Expr:
        types: dict[str, ValueType] = {n: kind_at_rest(fact.columns[n].type) for n in sorted(names)}
        return self.engine.scan(self.live.get(fact.name, ()), types, alias)

    def _forbidden(self, fact: Fact, who: exp.Expr, purpose: str, *, since: bool) -> exp.Expr:
        """Tell whether the rows of a group, which are one row and what was said of it, are without a right."""
        # several versions of a customer may belong to several jurisdictions: the strictest counts
        silent = exp.EQ(this=exp.Min(this=self._default(fact, purpose)), expression=exp.Literal.number(1))
        then = _given(self._by_then(fact, _word("happened_at")), silent)
        right = [then]
        if since or self.policy.purposes[purpose].withdrawal == "past_rows_too":
            right.append(_given(exp.true(), silent))
        nobody = exp.true() if self.policy.without_customer == "left_out" else exp.false()
        return (
            exp.Case()
            .when(c.absent(exp.Max(this=who.copy())), nobody)
            .when(exp.and_(*right), exp.false())
            .else_(exp.true())
        )

    def _by_then(self, fact: Fact, said: exp.Expr) -> exp.Expr:
        """Tell whether a word of the instant `said` was there by a row's own; every word, where it has none."""
        if fact.at is None:
            return exp.true()
        at = exp.column(fact.at, table=_ROW, quoted=True)
        if fact.columns[fact.at].type == "date":
            said = as_type(c.in_zone(said, self.catalog.project.time_zone), "date")
        return exp.paren(exp.or_(c.absent(at), exp.LTE(this=said.copy(), expression=at.copy())))

    def _default(self, fact: Fact, purpose: str) -> exp.Expr:
        """Give 1 where a customer who said nothing has given the right, else 0."""
        if self.policy.purposes[purpose].basis == "legitimate_interest":
            return exp.Literal.number(1)  # until the customer objects (GDPR Art. 21)
        found = exp.Case()
        for jurisdiction in self.policy.jurisdictions.values():
            for condition, default in self._defaults(fact, purpose, jurisdiction):
                found = found.when(condition, _is_out(default))
        elsewhere = _is_out(self.policy.elsewhere)
        return found.else_(elsewhere) if found.args.get("ifs") else elsewhere

    def _defaults(
        self, fact: Fact, purpose: str, jurisdiction: Jurisdiction
    ) -> Iterator[tuple[exp.Expr, str]]:
        """Give the conditions of one jurisdiction, the narrowest first, and what holds under each."""
        column = exp.column(self.policy.jurisdiction or "", table=_WHO, quoted=True)
        within = exp.In(this=column, expressions=[c.text(value) for value in jurisdiction.of])
        if CHANNEL in fact.columns:
            mine = exp.column(CHANNEL, table=_ROW, quoted=True)
            for channel, default in jurisdiction.channels.get(purpose, {}).items():
                yield c.all_of(within, exp.EQ(this=mine, expression=c.text(channel))), default
        yield within.copy(), jurisdiction.purposes.get(purpose, jurisdiction.default)


def _given(heard: exp.Expr, silent: exp.Expr) -> exp.Expr:
    """Tell whether the latest of the words that are heard gives the right; without any, what silence means."""

    def last(granted: exp.Expr) -> exp.Max:
        said = c.all_of(granted, heard)
        return exp.Max(this=c.when(said, _word("happened_at")))

    yes, no = last(_word("granted")), last(exp.Not(this=_word("granted")))
    later = exp.or_(c.absent(no), exp.GT(this=yes.copy(), expression=no.copy()))
    return exp.paren(
        exp.Case()
        .when(c.all_of(c.absent(yes), c.absent(no)), silent.copy())
        .when(c.all_of(c.present(yes), exp.paren(later)), exp.true())
        .else_(exp.false())
    )


def _word(name: str) -> exp.Column:
    return exp.column(name, table=_WORD, quoted=True)


def _instant(value: datetime) -> exp.Expr:
    return as_type(c.text(value.isoformat()), "timestamptz")


def _is_out(default: str) -> exp.Expr:
    return exp.Literal.number(int(default == "opt_out"))
