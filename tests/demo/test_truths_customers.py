"""Truths about customers and money, recomputed from the written files."""

import numpy as np
import pytest

from tests.demo.company import Company


def test_bot_answers(company: Company) -> None:
    truth = company.truth("bot_answers")
    size = truth["size"]
    rows, blocks, lowest, slowest, texts, first, last = company.row(
        """
        select count(*), count(distinct address_block), min(score), max(seconds), count(distinct verbatim),
               min(moment)::date::text, max(moment)::date::text
        from answers where invitation is null
        """
    )
    assert rows == truth["planted"]["rows"]
    assert (blocks, lowest) == (1, size["score"])
    assert slowest <= size["longest_s"]
    assert texts <= 5
    assert truth["when"]["from"] <= first <= last <= truth["when"]["to"]
    told, without, around = company.row(
        """
        with a as (select *, date_trunc('month', moment) = '2026-06-01' as june from answers
                   where bu = 'americas' and instrument = 'nps' and score < 99
                     and moment between '2026-04-01' and '2026-09-01')
        select (select nps(score) from a where june), (select nps(score) from a where june
               and invitation is not null),
               (select nps(score) from a where not june)
        """
    )
    assert told > without + 25
    assert without == pytest.approx(around, abs=8)


@pytest.mark.thorough
def test_withdrawn_consents(company: Company) -> None:
    truth = company.truth("withdrawn_consents")
    wave, share = company.row(
        """
        with gone as (select distinct customer_id from consents
                      where action = 'withdraw' and bu = 'emea' and moment::date between '2026-08-10'
                             and '2026-08-28')
        select count(*), count(*) * 1.0 / (select count(distinct customer) from invoices
                                           where bu = 'emea' and day between '2026-09-01' and '2026-09-30')
        from gone
        """
    )
    assert wave == pytest.approx(truth["planted"]["customers"], rel=0.03)
    assert share == pytest.approx(truth["size"]["share"], abs=0.03)
    apart = company.value(
        """
        with gone as (select distinct customer_id as customer from consents
                      where action = 'withdraw' and bu = 'emea' and moment::date between '2026-08-10'
                             and '2026-08-28'),
        a as (select *, customer in (select customer from gone) as left_out from answers
              where bu = 'emea' and instrument = 'nps' and score < 99)
        select (select nps(score) from a where left_out) - (select nps(score) from a where not left_out)
        """
    )
    assert apart == company.near(truth["size"]["nps_points"], 6)


def test_asking_the_happy(company: Company) -> None:
    size = company.truth("asking_the_happy")["size"]
    before, after, solved = company.row(
        """
        with asked as (select c.*, i.id is not null as asked, c.day >= '2026-07-01' as late
                       from contacts c left join invitations i on i.contact = c.id
                       where c.bu = 'uki' and not c.abandoned and c.day < '2026-10-20'
                         and c.channel in ('phone', 'chat'))
        select avg(asked::int) filter (not solved and not late), avg(asked::int) filter (not solved and late),
               avg(asked::int) filter (solved and late) - avg(asked::int) filter (solved and not late)
        from asked
        """
    )
    ratio = size["invited_unresolved_to"] / size["invited_unresolved_from"]
    assert after / before == pytest.approx(ratio, abs=0.05)
    assert solved == pytest.approx(0, abs=0.015)
    told, among_solved = company.row(
        """
        with a as (select a.score >= 4 as good, c.solved, c.day >= '2026-07-01' as late from answers a
                   join contacts c on c.id = a.contact where a.instrument = 'csat' and c.bu = 'uki' and a.score < 99)
        select 100 * (avg(good::int) filter (late) - avg(good::int) filter (not late)),
               100 * (avg(good::int) filter (late and solved) - avg(good::int) filter (not late and solved))
        from a
        """
    )
    assert told > 4
    assert among_solved == pytest.approx(0, abs=2.5)


def test_double_charge(company: Company) -> None:
    size = company.truth("double_charge")["size"]
    shares = {
        (language, late): share
        for language, late, share in company.rows(
            """
            with critical as (select language, moment >= '2026-08-01' as late,
                                     regexp_matches(lower(verbatim), 'dos veces|doble cobro|duplicado|twice') as charge
                              from answers where bu = 'americas' and verbatim is not null
                                and ((instrument = 'nps' and score <= 6) or (instrument = 'csat' and score <= 3)))
            select language, late, avg(charge::int) from critical group by all
            """
        )
    }
    assert shares["es", True] == company.near(size["share_to"], 0.1)
    assert shares["es", False] == pytest.approx(size["share_from"], abs=0.02)
    assert shares["en", True] == shares["en", False] == 0


def test_acquired_voices(company: Company) -> None:
    size = company.truth("acquired_voices")["size"]
    theirs = company.value("select nps(score) from umfragen where question = 'Empfehlung'")
    assert theirs == company.near(size["aldermann_nps"], 4)
    before, after, together = company.row(
        """
        with ours as (select score, moment >= '2026-02-01' as late from answers
                      where instrument = 'nps' and score < 99 and moment between '2025-11-01' and '2026-05-01'),
        theirs as (select score from umfragen where question = 'Empfehlung' and moment < '2026-05-01')
        select (select nps(score) from ours where not late), (select nps(score) from ours where late),
               (select nps(score) from (select score from ours where late union all select score from theirs))
        """
    )
    assert after == company.near(before, 4)
    assert together < after - 4


@pytest.mark.thorough
def test_tiers(company: Company) -> None:
    size = company.truth("tiers")["size"]
    moved, kept = company.row(
        """
        select avg((new_tier = 'Gold')::int) filter (old_tier = 'B'),
               avg((new_tier = case old_tier when 'A' then 'Gold' else 'Bronze' end)::int) filter (old_tier <> 'B')
        from tier_changes
        """
    )
    assert moved == pytest.approx(size["b_to_gold"], abs=0.02)
    assert kept == 1
    apart = """
        select tier, nps(score) from answers where instrument = 'nps' and score < 99 and invitation is not null
          and (bu <> 'emea' or customer not in (select customer_id from consents where action = 'withdraw'))
        group by tier
    """
    told = dict(company.rows(apart))
    for tier in "ABC":
        assert told[tier] == company.near(size[f"nps_{tier.lower()}"], 5)
    assert set(told) == {"A", "B", "C", "Gold", "Silver", "Bronze"}
    assert told["Gold"] < told["A"] - 8


def test_churn_cause(company: Company) -> None:
    size = company.truth("churn_cause")["size"]
    rates = {
        (flex, late): rate
        for flex, late, rate in company.rows(
            """
            select plan = 'flex', day >= '2026-08-01', avg(final::int) from invoices
            where bu = 'uki' and segment = 'small' and before > 0 group by all
            """
        )
    }
    assert rates[True, True] == pytest.approx(size["hazard_flex"], abs=0.03)
    for quiet in ((True, False), (False, False), (False, True)):
        assert rates[quiet] == pytest.approx(0.02, abs=0.01)
    share = company.value(
        """
        select avg((end_reason = 'forced_migration')::int) from subscriptions
        where bu = 'uki' and segment = 'small' and plan = 'flex' and ended_on >= '2026-08-01'
        """
    )
    assert share == pytest.approx(size["reason_share"], abs=0.15)
    assert (
        company.value(
            "select count(*) from subscriptions where end_reason = 'forced_migration' and plan <> 'flex'"
        )
        == 0
    )


def test_price_rise(company: Company) -> None:
    size = company.truth("price_rise")["size"]
    price, untouched = company.row(
        """
        with pairs as (select a.segment = 'consumer' and a.product = 'connect' as raised, b.amount / a.amount as step
                       from invoices a join invoices b using (customer)
                       where a.day between '2026-02-01' and '2026-02-28' and b.day between '2026-03-01'
                              and '2026-03-31')
        select median(step) filter (raised), median(step) filter (not raised) from pairs
        """
    )
    assert price == pytest.approx(size["price"], abs=1e-3)
    assert untouched == 1
    contacts = company.value(
        """
        with d as (select day, count(*) as n from contacts where topic = 'price' group by day)
        select avg(n) filter (day between '2026-03-02' and '2026-03-15')
               / avg(n) filter (day between '2026-02-02' and '2026-02-28')
        from d
        """
    )
    assert 0.85 * size["contacts"] <= contacts <= 1.15 * size["contacts"]
    extra = company.value(
        """
        with i as (select final, date_trunc('month', day) in ('2026-03-01', '2026-04-01') as raised from invoices
                   where segment = 'consumer' and product = 'connect' and before > 0
                     and day between '2025-11-01' and '2026-07-31')
        select avg(final::int) filter (raised) - avg(final::int) filter (not raised) from i
        """
    )
    assert extra == company.near(size["extra_hazard"], 0.006)


@pytest.mark.thorough
def test_winter_campaign(company: Company) -> None:
    size = company.truth("winter_campaign")["size"]
    signups = company.value(
        """
        select (count(*) filter (since between '2026-02-02' and '2026-02-28') / 27.0)
               / (count(*) filter (since between '2025-05-01' and '2026-10-31'
                      and since not between '2026-02-02' and '2026-02-28') / 522.0)
        from customers where bu = 'uki' and segment = 'consumer'
        """
    )
    assert 0.75 * size["signups"] <= signups <= 1.25 * size["signups"]
    inside, elsewhere = company.row(
        """
        with v as (select bu = 'uki' as here, moment::date between '2026-02-02' and '2026-02-28' as inside
                   from visits where moment::date between '2026-01-06' and '2026-03-27')
        select count(*) filter (here and inside) / (count(*) filter (here and not inside) / 2.0),
               count(*) filter (not here and inside) / (count(*) filter (not here and not inside) / 2.0)
        from v
        """
    )
    assert 0.85 * size["visits"] <= inside <= 1.15 * size["visits"]
    assert elsewhere == pytest.approx(1, abs=0.1)


@pytest.mark.thorough
def test_guided_setup(company: Company) -> None:
    truth = company.truth("guided_setup")
    arms = {
        variant: (n, share)
        for variant, n, share in company.rows(
            """
            select e.variant, count(*), avg((o.completed is not null
                   and o.completed <= o.started + interval 14 day)::int)
            from exposures e join onboarding o on o.customer = e.customer_id
            where e.campaign = 'guided_setup_test' group by e.variant
            """
        )
    }
    for arm in ("control", "treated"):
        n, share = arms[arm]
        assert n == truth["planted"][arm]
        assert share == pytest.approx(truth["size"][arm], abs=3 * (0.25 / n) ** 0.5)
    assert arms["treated"][1] > arms["control"][1] + 0.02
    inside = company.row(
        "select min(shown_at), max(shown_at) from exposures where campaign = 'guided_setup_test'"
    )
    assert truth["when"]["from"] <= inside[0][:10]
    assert inside[1][:10] <= truth["when"]["to"]


def test_subject_lines(company: Company) -> None:
    truth = company.truth("subject_lines")
    arms = company.rows(
        """
        select variant, count(*), count(converted_at) from exposures where campaign = 'subject_line_test'
        group by variant order by variant
        """
    )
    each, conversions = truth["planted"]["each_arm"], truth["planted"]["conversions_each"]
    assert arms == [("line_a", each, conversions), ("line_b", each, conversions)]
    assert conversions / each == pytest.approx(truth["size"]["conversion"], abs=0.002)


@pytest.mark.thorough
def test_better_onboarding(company: Company) -> None:
    size = company.truth("better_onboarding")["size"]
    done, days = {}, {}
    for flow, share, median in company.rows(
        """
        select flow, avg((completed is not null
               and completed <= started + interval 14 day)::int) filter (started < '2026-10-15'),
               median(epoch(valued - started) / 86400) filter (started < '2026-09-15')
        from onboarding group by flow
        """
    ):
        done[flow], days[flow] = share, median
    assert done["classic"] == pytest.approx(size["completion_from"], abs=0.03)
    assert done["guided"] == pytest.approx(size["completion_to"], abs=0.03)
    assert days["classic"] == pytest.approx(size["days_from"], rel=0.07)
    assert days["guided"] == pytest.approx(size["days_to"], rel=0.07)
    assert (
        company.value("select count(*) from onboarding where flow = 'classic' and started >= '2026-04-01'")
        == 0
    )


def test_sync_errors(company: Company) -> None:
    lag = int(company.truth("sync_errors")["size"]["lag_days"])
    errors = np.array([v for (v,) in company.rows(
        "select sum(sync_errors) * 1.0 / sum(sync_jobs) from usage group by active_on order by active_on"
    )])  # fmt: skip
    contacts = np.array([v for (v,) in company.rows(
        """
        select count(*) filter (topic = 'sync') * 1.0 / count(*) filter (topic in ('setup', 'account')) from contacts
        where day <= '2026-10-31' group by day order by day
        """
    )])  # fmt: skip
    assert len(errors) == len(contacts) == 549
    leading, following = np.log(errors), np.log(contacts)
    at_lag = {k: np.corrcoef(leading[: 549 - k], following[k:])[0, 1] for k in range(15)}
    assert max(at_lag, key=lambda k: at_lag[k]) == lag
    assert at_lag[lag] > 0.6
    backwards = np.corrcoef(following[:-lag], leading[lag:])[0, 1]
    assert backwards < 0.3


def test_dollar(company: Company) -> None:
    size = company.truth("dollar")["size"]
    rates = company.rows(
        """
        select currency, round(min(amount_eur / amount) filter (day < '2026-05-01'), 3),
               round(max(amount_eur / amount) filter (day >= '2026-05-01'), 3)
        from invoices where amount > 50 group by currency order by currency
        """
    )
    assert rates == [("EUR", 1.0, 1.0), ("GBP", 1.17, 1.17), ("USD", size["rate_before"], size["rate_after"])]
    euro, dollars = company.row(
        """
        with m as (select day < '2026-05-01' as before, avg(amount_eur) as euro, avg(amount) as dollars from invoices
                   where currency = 'USD' and day between '2026-04-01' and '2026-05-31' group by 1)
        select max(euro) filter (not before) / max(euro) filter (before),
               max(dollars) filter (not before) / max(dollars) filter (before) from m
        """
    )
    assert euro == pytest.approx(size["rate_after"] / size["rate_before"], abs=0.025)
    assert dollars == pytest.approx(1, abs=0.025)
