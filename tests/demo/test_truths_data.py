"""Truths about the data itself, recomputed from the written files."""

import gzip
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.demo.company import Company


def lines_of(path: Path) -> list[bytes]:
    """The physical lines of a file, unpacked."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return content.split(b"\n")


def is_broken(path: Path, line: bytes, header: bytes) -> bool:
    """Tell whether a line is no record of its file."""
    if path.suffix == ".jsonl":
        try:
            json.loads(line)
        except ValueError:
            return True
        return False
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return True
    mark = b";" if b";" in header else b","
    return b'"' not in line and line.count(mark) != header.count(mark)


def test_broken_lines(company: Company) -> None:
    listed: dict[str, set[int]] = {}
    for place in company.truth("broken_lines")["planted"]["lines"]:
        name, number = place.rsplit(":", 1)
        listed.setdefault(name, set()).add(int(number))
    assert len(listed) == 5
    assert sum(map(len, listed.values())) == 14
    for name, numbers in listed.items():
        path = company.path(name)
        lines = lines_of(path)
        broken = {
            n for n, line in enumerate(lines, start=1) if line.strip() and is_broken(path, line, lines[0])
        }
        assert broken == numbers, name


def test_blank_lines(company: Company) -> None:
    places = company.truth("blank_lines")["planted"]["lines"]
    lines = lines_of(company.path("telephony/berlin/calls_2025-09.csv"))
    blank = [n for n, line in enumerate(lines[:-1], start=1) if not line]
    assert [int(place.rsplit(":", 1)[1]) for place in places] == blank
    assert len(blank) == company.truth("blank_lines")["size"]["lines"]


def test_double_export(company: Company) -> None:
    rows, months = company.row(
        "select count(*), max(n) from (select id, count(distinct filename) as n "
        "from calls group by id having count(*) > 1)"
    )
    assert rows == company.truth("double_export")["planted"]["rows"]
    assert months == 2
    first = lines_of(company.path("telephony/berlin/calls_2025-12.csv"))[1]
    assert b",2025-11-" in first


def test_copied_file(company: Company) -> None:
    truth = company.truth("copied_file")
    original = company.path("surveys/responses_2026-03.csv").read_bytes()
    assert company.path(truth["where"]["file"]).read_bytes() == original
    rows = company.value("select count(*) from answers where filename like '%2026-03.csv'")
    assert rows == truth["planted"]["rows"]


def test_unknown_team(company: Company) -> None:
    truth = company.truth("unknown_team")
    rows, first, share = company.row(
        """
        select count(*) filter (team = 'TPA-S9'), min(moment) filter (team = 'TPA-S9'), avg((team = 'TPA-S9')::int)
        from calls where team in ('TPA-S2', 'TPA-S9') and moment >= '2026-10-05'
        """
    )
    assert rows == truth["planted"]["rows"]
    assert truth["when"]["from"] <= str(first)[:10] <= "2026-10-07"
    assert share == company.near(truth["size"]["share"], 0.07)
    assert company.rows("select distinct team from calls anti join units on code = team") == [("TPA-S9",)]


def test_impossible_times(company: Company) -> None:
    rows = company.value(
        "select count(*) from calls where site = 'berlin' and moment >= '2026-03-29 02:00' "
        "and moment < '2026-03-29 03:00'"
    )
    assert rows == company.truth("impossible_times")["planted"]["rows"]


def test_clock_behind(company: Company) -> None:
    behind, share, elsewhere = company.row(
        """
        with early as (select moment, moment::date between '2026-03-29' and '2026-03-31' as faulty,
                              hour(moment) = 6 as too_early, hour(moment) < 6 as night
                       from calls where site = 'berlin')
        select count(*) filter (faulty and not night), avg(too_early::int) filter (faulty and not night),
               count(*) filter (not faulty and (too_early or night))
        from early
        """
    )
    assert behind == company.truth("clock_behind")["planted"]["rows"]
    assert share == company.near(0.06, 0.03), "the share of a day's calls in its first hour"
    assert elsewhere == 0


def test_negative_durations(company: Company) -> None:
    truth = company.truth("negative_durations")
    rows, share, outside = company.row(
        """
        with judged as (select *, moment::date between '2026-06-08' and '2026-06-14' as inside from calls)
        select count(*) filter (wrap < 0), avg((wrap < 0)::int) filter (inside and site = 'newyork'
               and not abandoned),
               count(*) filter (wrap < 0 and not (inside and site = 'newyork'))
        from judged
        """
    )
    assert rows == truth["planted"]["rows"]
    assert share == pytest.approx(truth["size"]["share"], abs=0.025)
    assert outside == 0
    assert company.value("select count(*) from calls where least(wait, talk, hold) < 0") == 0


def test_sentinel_waits(company: Company) -> None:
    truth = company.truth("sentinel_waits")
    rows, share, other = company.row(
        """
        select count(*) filter (wait = 99999), avg((wait = 99999)::int) filter (site = 'london'),
               count(*) filter (wait between 3600 and 99998)
        from calls
        """
    )
    assert rows == truth["planted"]["rows"]
    assert share == pytest.approx(truth["size"]["share"], abs=0.0006)
    assert other == 0


def test_sentinel_scores(company: Company) -> None:
    truth = company.truth("sentinel_scores")
    rows, share, highest = company.row(
        "select count(*) filter (score = 99), avg((score = 99)::int), max(score) filter (score < 99) from answers"
    )
    assert rows == truth["planted"]["rows"]
    assert share == pytest.approx(truth["size"]["share"], abs=0.002)
    assert highest == 10


def test_test_accounts(company: Company) -> None:
    truth = company.truth("test_accounts")
    counts = company.row(
        """
        select (select count(*) from calls where customer like 'TEST-%'), (select count(*) from chats
               where customer like 'TEST-%'),
               (select count(*) from tickets where customer like 'TEST-%')
        """
    )
    planted = truth["planted"]
    # a few of Berlin's calls are there twice: exported again, or copied into the hour that never was
    assert counts[0] == pytest.approx(planted["calls"], abs=4)
    assert counts[1:] == (planted["chats"], planted["tickets"])
    share = sum(counts) / company.value("select count(*) from contacts")
    assert share == pytest.approx(truth["size"]["share"], abs=0.0003)


def test_truncated_file(company: Company) -> None:
    path = company.path(company.truth("truncated_file")["where"]["file"])
    with pytest.raises(EOFError):
        gzip.decompress(path.read_bytes())


def test_empty_file(company: Company) -> None:
    assert company.path(company.truth("empty_file")["where"]["file"]).read_bytes() == b""


def test_answered_too_early(company: Company) -> None:
    rows = company.value("select count(*) from answers where moment < invited")
    assert rows == company.truth("answered_too_early")["planted"]["rows"]
    assert rows >= 6


def test_wrong_encoding(company: Company) -> None:
    wrong = company.path(company.truth("wrong_encoding")["where"]["file"]).name
    for path in sorted(company.path("aldermann").glob("kontakte_*.csv")):
        garbled = path.read_bytes().decode("cp1252").count("StÃ¶rung")
        assert garbled == (company.truth("wrong_encoding")["planted"]["rows"] if path.name == wrong else 0)


def test_late_feed(company: Company) -> None:
    late = dict(
        company.rows("select bu, max(day)::text from contacts where channel = 'chat' group by bu order by bu")
    )
    assert late == {"americas": "2026-10-27", "emea": "2026-10-31", "uki": "2026-10-31"}
    missing = company.truth("late_feed")["planted"]["missing_rows"]
    before = company.value(
        "select count(*) from contacts where channel = 'chat' and bu = 'americas' and day between '2026-10-21' "
        "and '2026-10-24'"
    )
    assert 0.7 * before <= missing <= 1.3 * before


def test_revenue_gap(company: Company) -> None:
    gaps = company.rows(
        """
        with billed as (select date_trunc('month', day) as month, region, segment, product, sum(amount_eur) as eur
                        from invoices group by all)
        select c.bu = 'uki' and c.segment = 'mid' and c.product = 'voice' and c.month >= '2026-07-01' as here,
               1 - sum(coalesce(b.eur, 0)) / sum(c.eur), sum(c.eur) - sum(coalesce(b.eur, 0))
        from contracts c left join billed b using (month, region, segment, product)
        group by here order by here
        """
    )
    (_, elsewhere, amount), (_, gap, _) = gaps
    share = company.truth("revenue_gap")["size"]["unbilled_share"]
    assert gap == pytest.approx(share, abs=0.15)
    # four broken invoice lines are all that is missing elsewhere
    assert elsewhere == pytest.approx(0, abs=1e-3)
    assert amount < 20_000


def test_renamed_team(company: Company) -> None:
    old, new, ratio = company.row(
        """
        select max(moment) filter (team = 'MAN-S2'), min(moment) filter (team = 'MAN-CARE'),
               count(*) filter (moment::date between '2026-01-05' and '2026-02-01') * 1.0
               / count(*) filter (moment::date between '2025-11-03' and '2025-11-30')
        from calls where team in ('MAN-S2', 'MAN-CARE')
        """
    )
    assert str(old) < "2026-01-01" <= str(new)
    season = company.value(
        """
        select count(*) filter (day between '2026-01-05' and '2026-02-01') * 1.0
               / count(*) filter (day between '2025-11-03' and '2025-11-30')
        from contacts where bu = 'uki' and team <> 'manchester_service_2' and channel = 'phone'
        """
    )
    assert 0.88 * season <= ratio <= 1.12 * season


def test_score_scales(company: Company) -> None:
    pooled, own, highest = company.row(
        """
        select 100 * avg((score >= 4)::int), 100 * avg((score >= 6)::int), max(score)
        from umfragen where question = 'Zufriedenheit'
        """
    )
    assert highest == 7
    assert pooled - own == pytest.approx(company.truth("score_scales")["size"]["pooled_too_high"], abs=3)


def test_duplicate_customers(company: Company) -> None:
    truth = company.truth("duplicate_customers")
    pairs, share, same_email, same_phone, other_name = company.row(
        """
        select count(*), count(*) * 1.0 / (select count(*) from kunden),
               avg((c.email = k."E-Mail")::int), avg((c.phone = k.Telefon and c.postcode = k.PLZ)::int),
               avg((c.last_name <> k.Nachname)::int) filter (p.same_email = 'no')
        from pairs p join customers c using (customer_id) join kunden k on k.Kundennr = p.aldermann_id
        """
    )
    assert pairs == truth["planted"]["pairs"]
    assert share == pytest.approx(truth["size"]["share"], abs=0.01)
    assert same_email == pytest.approx(truth["size"]["same_email"], abs=0.06)
    assert same_phone == 1
    assert other_name > 0.95
    by_chance = company.value('select count(*) from customers c join kunden k on k."E-Mail" = c.email')
    assert by_chance == round(same_email * pairs), "no other e-mail is in both"


def test_stale_metric(company: Company) -> None:
    last = company.value("select max(moment)::date::text from mystery")
    assert last == company.truth("stale_metric")["when"]["from"]


def test_cents_as_euros(company: Company) -> None:
    truth = company.truth("cents_as_euros")
    book = load_workbook(company.path("billing/manual_credits.xlsx"), read_only=True)
    _, *rows = book["Credits"].iter_rows(values_only=True)
    book.close()
    large = [row for row in rows if row[4] > 400]
    assert len(large) == truth["planted"]["rows"]
    assert {row[5] for row in large} == {"goodwill"}
    assert {row[3] for row in large} == {"EM-C"}
    assert all(truth["when"]["from"] <= row[1] <= truth["when"]["to"] for row in large)
