"""Truths about service, recomputed from the written files."""

import math

import numpy as np
import pytest
from openpyxl.reader.excel import load_workbook

from tests.demo.company import Company


def test_outage(company: Company) -> None:
    size = company.truth("outage")["size"]
    volume, waits, points = company.row(
        """
        with daily as (select day, count(*) as n from contacts
                       where bu = 'emea' and topic = 'connection' and dayofweek(day) = 3
                         and day between '2026-09-01' and '2026-10-31' group by day),
        waiting as (select wait, moment >= '2026-10-14 08:30' and moment <= '2026-10-14 15:30' as down
                    from calls where site = 'berlin' and not abandoned and moment::date between '2026-09-14'
                           and '2026-10-25'),
        happy as (select a.score >= 4 as good, c.moment >= '2026-10-14 08:30'
               and c.moment <= '2026-10-14 15:30' as down
                  from answers a join contacts c on c.id = a.contact
                  where a.instrument = 'csat' and a.score < 99 and c.bu = 'emea' and c.topic = 'connection'
                    and c.channel <> 'email' and c.channel <> 'web' and c.channel <> 'social')
        select max(n) filter (day = '2026-10-14') / median(n) filter (day <> '2026-10-14'),
               (select avg(wait) filter (down) / avg(wait) filter (not down) from waiting),
               (select 100 * (avg(good::int) filter (down) - avg(good::int) filter (not down)) from happy)
        from daily
        """
    )
    assert 0.75 * size["volume"] <= volume <= 1.25 * size["volume"]
    assert waits > 0.5 * size["wait"], "callers who gave up waited longest and are not in it"
    assert points == company.near(size["csat_points"], 14)


def test_outage_credits(company: Company) -> None:
    truth = company.truth("outage_credits")
    book = load_workbook(company.path("billing/manual_credits.xlsx"), read_only=True)
    header, *rows = book["Credits"].iter_rows(values_only=True)
    book.close()
    assert header == ("Credit no", "Booked on", "Customer", "Region", "Amount EUR", "Reason", "Approved by")
    given = [row for row in rows if row[5] == "outage"]
    assert len(given) == truth["planted"]["rows"]
    assert {row[3] for row in given} == {"EM-C", "EM-S"}
    assert all(truth["when"]["from"] <= row[1] <= truth["when"]["to"] for row in given)
    assert (
        0.9 * truth["size"]["mean_eur"]
        <= sum(row[4] for row in given) / len(given)
        <= 1.1 * truth["size"]["mean_eur"]
    )


def test_early_closing(company: Company) -> None:
    size = company.truth("early_closing")["size"]
    hours, before, after, others = company.row(
        """
        with t as (select *, epoch(solved_at - moment) / 3600 as hours, moment >= '2026-05-01' as late,
                          "group" = 'Dublin Billing 1' as here
                   from (select team as "group", * from tickets) where solved_at is not null
                          and moment < '2026-10-20')
        select (median(hours) filter (here and late) / median(hours) filter (here and not late)),
               avg((reopens > 0)::int) filter (here and not late), avg((reopens > 0)::int) filter (here and late),
               avg((reopens > 0)::int) filter (not here and late)
        from t
        """
    )
    assert 0.88 * size["resolution_factor"] <= hours <= 1.12 * size["resolution_factor"]
    assert before == pytest.approx(size["reopened_from"], abs=0.025)
    assert after == pytest.approx(size["reopened_to"], abs=0.045)
    assert others == pytest.approx(size["reopened_from"], abs=0.01)


def test_aht_gaming(company: Company) -> None:
    size = company.truth("aht_gaming")["size"]
    before, after, cut, shorter, fewer = company.row(
        """
        with c as (select *, moment >= '2026-06-01' as late, talk + hold + wrap as handle
                   from calls where team = 'TPA-S3' and not abandoned and wrap >= 0)
        select avg(transferred::int) filter (not late), avg(transferred::int) filter (late),
               avg((talk < 55 and transferred)::int) filter (late),
               avg(handle) filter (late) / avg(handle) filter (not late),
               avg(solved::int) filter (late) - avg(solved::int) filter (not late)
        from c
        """
    )
    assert before == pytest.approx(size["transfer_from"], abs=0.02)
    assert cut == pytest.approx(size["cut_share"], abs=0.05)
    assert after == pytest.approx(before + size["cut_share"] * (1 - before), abs=0.05)
    assert shorter < 0.9
    assert fewer < -0.08


def test_sla_breach(company: Company) -> None:
    factors = dict(
        company.rows(
            """
            with t as (select *, epoch(replied - moment) as s, moment >= '2026-09-01' as late, u.bu = 'uki'
                   and queue = 'vault_restore' as here
                       from tickets join units u on u.code = team where replied is not null and moment < '2026-10-25')
            select here, median(s) filter (late) / median(s) filter (not late) from t group by here
            """
        )
    )
    factor = company.truth("sla_breach")["size"]["reply_factor"]
    assert 0.75 * factor <= factors[True] <= 1.25 * factor
    assert factors[False] == pytest.approx(1, abs=0.06)
    kept, missed = company.row(
        """
        with t as (select epoch(replied - moment) <= 60 * sla_minutes as kept, moment >= '2026-09-01' as late
                   from tickets join units u on u.code = team
                   where u.bu = 'uki' and queue = 'vault_restore' and replied is not null)
        select avg(kept::int) filter (not late), avg(kept::int) filter (late) from t
        """
    )
    assert kept > 0.88
    assert missed < 0.55


def test_weekend_gap(company: Company) -> None:
    size = company.truth("weekend_gap")["size"]
    change = {
        (bu, weekend): (wait, lost)
        for bu, weekend, wait, lost in company.rows(
            """
            with c as (select u.bu, dayofweek(moment) in (0, 6) as weekend, moment >= '2026-07-01' as late,
                              wait, abandoned
                       from calls join units u on u.code = team
                       where wait < 99999 and moment::date not between '2026-10-14' and '2026-10-14'
                         and moment::date not between '2026-01-12' and '2026-02-06')
            select bu, weekend, avg(wait) filter (late) / avg(wait) filter (not late),
                   avg(abandoned::int) filter (late) - avg(abandoned::int) filter (not late)
            from c group by all
            """
        )
    }
    wait, lost = change["americas", True]
    assert 0.75 * size["wait"] <= wait <= 1.25 * size["wait"], "cut by callers' patience"
    assert lost > 0.10
    for place in (("americas", False), ("emea", True), ("uki", True)):
        assert change[place][0] == pytest.approx(1, abs=0.15)
        assert change[place][1] == pytest.approx(0, abs=0.02)
    roster = company.value(
        """
        select count(*) filter (day >= '2026-07-01') * 1.0 / count(distinct day) filter (day >= '2026-07-01')
               / (count(*) filter (day < '2026-07-01') * 1.0 / count(distinct day) filter (day < '2026-07-01'))
        from shifts where bu = 'americas' and dayofweek(day) in (0, 6)
        """
    )
    assert roster == pytest.approx(size["roster"], abs=0.05)


def test_chat_first(company: Company) -> None:
    size = company.truth("chat_first")["size"]
    table = {
        channel: (was, now)
        for channel, was, now in company.rows(
            """
            with c as (select *, case when channel in ('phone', 'chat') then channel else 'ticket' end as kind,
                              day >= '2026-08-01' as late
                       from contacts where bu = 'americas' and not abandoned and team <> 'tampa_service_3'
                         and (day between '2025-08-01' and '2025-10-27' or day between '2026-08-01' and '2026-10-27'))
            select coalesce(kind, 'all'), avg(solved::int) filter (not late), avg(solved::int) filter (late)
            from c group by rollup (kind)
            """
        )
    }
    total = table.pop("all")
    for was, now in table.values():
        assert 100 * (now - was) == company.near(size["gain_points"], 1.6)
        assert now > was
    assert 100 * (total[1] - total[0]) < -1.5
    kept = company.value(
        """
        select avg((channel = 'phone')::int) filter (day >= '2026-08-01')
               / avg((channel = 'phone')::int) filter (day < '2026-03-01')
        from contacts where bu = 'americas' and day <= '2026-10-27'
        """
    )
    assert kept == pytest.approx(size["phone_kept"], abs=0.03)


def test_unfair_ranking(company: Company) -> None:
    size = company.truth("unfair_ranking")["size"]
    raw, hard, share = company.row(
        """
        with c as (select *, topic in ('connection', 'sync') as hard from contacts
                   where team = 'manchester_technical_1' and not abandoned),
        loads as (select agent, avg(hard::int) as load from c group by agent),
        marked as (select c.*, load > 0.8 as specialist from c join loads using (agent))
        select 100 * (avg(solved::int) filter (specialist) - avg(solved::int) filter (not specialist)),
               100 * (avg(solved::int) filter (specialist and hard) - avg(solved::int) filter (not specialist
                      and hard)),
               avg(specialist::int) filter (hard)
        from marked
        """
    )
    assert raw < -3
    assert hard == pytest.approx(size["better_points"], abs=4)
    assert share == pytest.approx(size["hard_share"], abs=0.03)


def test_redundant_pair(company: Company) -> None:
    found = company.rows(
        """
        select avg(talk), avg(talk + hold + wrap) from calls
        where not abandoned and wrap >= 0 group by team, date_trunc('month', moment) having count(*) >= 30
        """
    )
    talk, handle = np.array(found).T
    assert np.corrcoef(talk, handle)[0, 1] >= company.truth("redundant_pair")["size"]["correlation"]


def test_robot_tickets(company: Company) -> None:
    truth = company.truth("robot_tickets")
    rows, customers, first, last, teams = company.row(
        """
        select count(*), count(distinct customer), min(moment)::date::text, max(moment)::date::text,
               count(distinct team)
        from tickets where subject = '[AUTO] monitor alert'
        """
    )
    assert rows == truth["planted"]["rows"]
    assert (customers, teams) == (1, 1)
    assert (first, last) == (truth["when"]["from"], truth["when"]["to"])


@pytest.mark.thorough
def test_flu(company: Company) -> None:
    size = company.truth("flu")["size"]
    usual, ill, elsewhere = company.row(
        """
        with s as (select *, day between '2026-01-12'
               and '2026-02-06' as weeks, region = 'emea_south' as south from shifts)
        select avg((status = 'absent')::int) filter (not weeks), avg((status = 'absent')::int) filter (weeks
               and south),
               avg((status = 'absent')::int) filter (weeks and not south)
        from s
        """
    )
    assert usual == pytest.approx(size["absence_from"], abs=0.005)
    assert ill == pytest.approx(size["absence_to"], abs=0.04)
    assert elsewhere == pytest.approx(size["absence_from"], abs=0.015)
    waits = company.value(
        """
        select avg(wait) filter (moment::date between '2026-01-12' and '2026-02-06')
               / avg(wait) filter (moment::date between '2025-11-01' and '2026-01-11')
        from calls join units u on u.code = team where u.region = 'emea_south' and not abandoned
        """
    )
    assert 0.8 * size["wait"] <= waits <= 1.2 * size["wait"]


def test_faster_replies(company: Company) -> None:
    medians = company.rows(
        """
        select datediff('month', timestamp '2025-05-01', moment), median(epoch(replied - moment))
        from tickets join units u on u.code = team
        where u.region = 'emea_south' and replied is not null group by 1 order by 1
        """
    )
    months, seconds = np.array([m for m in medians if m[0] < 18]).T
    slope = np.polyfit(months, np.log(seconds), 1)[0]
    assert math.exp(slope) == pytest.approx(
        company.truth("faster_replies")["size"]["monthly_factor"], abs=0.008
    )


def test_summer(company: Company) -> None:
    size = company.truth("summer")["size"]
    years, season = company.row(
        """
        with d as (select day, count(*) as n from contacts where region = 'emea_south'
               and dayofweek(day) between 1 and 5
                   group by day)
        select avg(n) filter (day between '2026-08-01' and '2026-08-31')
               / avg(n) filter (day between '2025-08-01' and '2025-08-31'),
               avg(n) filter (day between '2026-08-01' and '2026-08-31')
               / avg(n) filter (day between '2026-06-01' and '2026-06-30')
        from d
        """
    )
    assert years == company.near(1, 0.06)
    assert season == company.near(size["august"] / size["june"], 0.06)


def test_holidays(company: Company) -> None:
    left = company.value(
        """
        with d as (select day, count(*) as n from contacts where bu = 'uki' group by day)
        select sum(n) filter (day in ('2025-12-25', '2025-12-26')) / sum(n) filter (day in ('2025-12-18', '2025-12-19'))
        from d
        """
    )
    assert left == pytest.approx(company.truth("holidays")["size"]["share_left"], abs=0.04)


@pytest.mark.thorough
def test_severe_reviewer(company: Company) -> None:
    points, others = company.row(
        """
        with pairs as (select a.reviewer, a.score - b.score as gap from reviews a join reviews b using (contact)
                       where a.reviewer <> b.reviewer)
        select avg(gap) filter (reviewer = 'qa-07'),
               max(abs(m)) from pairs,
               (select reviewer as r, avg(gap) as m from pairs where reviewer <> 'qa-07' group by 1)
        """
    )
    assert points == pytest.approx(company.truth("severe_reviewer")["size"]["points"], abs=1.6)
    assert others < 4
