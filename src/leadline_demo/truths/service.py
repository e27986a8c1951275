"""Truths about service: outages, gaming, staffing, mix, and what only looks like news."""

from typing import Final

from leadline_demo.truths.model import Truth, finding, stepped, yearly

END = "2026-10-31"

OUTAGE: Final = Truth(
    "outage", "Corvane Connect was down in EMEA for seven hours", "anomaly",
    {"metric": "contacts", "unit": "emea", "slice": "topic=connection"},
    "2026-10-14", "2026-10-14", {"volume": 6.0, "wait": 7.0, "csat_points": -15.0, "from_hour": 8.5, "to_hour": 15.5},
    "On 14 October 2026 connection contacts of EMEA were six times a normal day's, waits seven times as long, "
    "satisfaction of those contacts 15 points lower.",
    (finding("anomaly", metric="contacts", unit="emea", slice="topic=connection", period="2026-10-14"),),
    (stepped("up", "abandonment_rate", "2026-10", unit="emea"),),
)  # fmt: skip
OUTAGE_CREDITS: Final = Truth(
    "outage_credits", "Credits given for the outage", "root_cause",
    {"metric": "credits", "unit": "emea", "slice": "reason=outage"},
    "2026-10-15", "2026-10-23", {"rows": 420, "mean_eur": 35.0},
    "October's credits in EMEA are many times a normal month's: goodwill for the outage, to be told with it.",
    (finding("root_cause", metric="credits", unit="emea", period="2026-10"),),
    (finding("off_target", metric="credits", period="2026-10"),
     stepped("up", "credits", "2026-10", unit="emea"),
     yearly("up", "credits", "2026-10", unit="emea")),
)  # fmt: skip
EARLY_CLOSING: Final = Truth(
    "early_closing", "Dublin Billing 1 closes tickets before they are solved", "gaming",
    {"metric": "resolution_time", "unit": "dublin_billing_1", "against": "reopened_rate"},
    "2026-05-01", END, {"resolution_factor": 0.55, "reopened_from": 0.06, "reopened_to": 0.2},
    "From May 2026 the team's tickets are solved in about half the time and reopened three times as often: "
    "the gain is not real.",
    (finding("gaming", metric="resolution_time", unit="dublin_billing_1"),),
    (yearly("up", "reopened_rate", "2026-09", unit="dublin_billing_1"),
     yearly("down", "resolution_time", "2026-09", unit="dublin_billing_1")),
)  # fmt: skip
AHT_GAMING: Final = Truth(
    "aht_gaming", "Tampa Service 3 shortens its calls by passing them on", "gaming",
    {"metric": "aht_phone", "unit": "tampa_service_3", "against": "transfer_rate"},
    "2026-06-01", END, {"cut_share": 0.24, "shortest_s": 15, "longest_s": 55, "transfer_from": 0.08},
    "From June 2026 about a quarter of the team's calls end within a minute in a transfer: handle time falls, "
    "transfers triple, problems stay unsolved.",
    (finding("gaming", metric="aht_phone", unit="tampa_service_3"),),
    (yearly("up", "transfer_rate", "2026-10", unit="tampa_service_3"),
     yearly("down", "aht_phone", "2026-10", unit="tampa_service_3")),
)  # fmt: skip
SLA_BREACH: Final = Truth(
    "sla_breach", "First replies of the restore queue in UK & Ireland are late", "sla_breach",
    {"metric": "first_response_attainment", "unit": "uki", "slice": "queue=vault_restore"},
    "2026-09-01", END, {"reply_factor": 4.0},
    "Since September 2026 the restore queue answers four times as slowly; the agreed first reply is missed there, "
    "and only there.",
    (yearly("down", "first_response_attainment", "2026-10", slice="queue=vault_restore"),),
    (yearly("down", "first_response_attainment", "2026-10", unit="uki"),
     finding("off_target", metric="first_response_attainment", unit="uki", period="2026-10")),
)  # fmt: skip
WEEKEND_GAP: Final = Truth(
    "weekend_gap", "American weekends are staffed at half since July", "root_cause",
    {"metric": "abandonment_rate", "unit": "americas", "slice": "day_type=weekend"},
    "2026-07-01", END, {"wait": 4.0, "roster": 0.5},
    "Since July 2026 half of the weekend shifts in the Americas are not rostered: weekend waits are four times as "
    "long and abandonment follows; weekdays are as before.",
    (finding("root_cause", metric="abandonment_rate", unit="americas", slice="day_type=weekend"),),
    (yearly("up", "abandonment_rate", "2026-10", slice="day_type=weekend"),
     yearly("up", "average_wait", "2026-10", slice="day_type=weekend")),
)  # fmt: skip
CHAT_FIRST: Final = Truth(
    "chat_first", "Chat-first in the Americas: every channel better, the total worse", "simpson",
    {"metric": "fcr", "unit": "americas", "by": "channel"},
    "2026-03-01", END, {"phone_kept": 0.4, "gain_points": 2.5},
    "From spring 2026 six in ten American calls became chats. First-contact resolution rose 2.5 points in each "
    "channel and fell in total: the mix moved to the channel that solves less at once.",
    (finding("simpson", metric="fcr", unit="americas", slice="channel"),),
    (yearly("down", "fcr", "2026-10", unit="americas"),
     yearly("up", "fcr", "2026-10", slice="channel=chat")),
)  # fmt: skip
UNFAIR_RANKING: Final = Truth(
    "unfair_ranking", "Manchester's specialists look worst because they get the hard cases", "case_mix",
    {"metric": "fcr", "unit": "manchester_technical_1", "by": "agent"},
    "2025-05-01", END, {"specialists_share": 0.34, "hard_share": 0.8, "better_points": 6.0},
    "A third of the team takes four in five connection and sync cases: raw, they rank last on first-contact "
    "resolution; compared within topic they are 6 points better than their colleagues.",
    (finding("case_mix", metric="fcr", unit="manchester_technical_1"),),
)  # fmt: skip
REDUNDANT_PAIR: Final = Truth(
    "redundant_pair", "Talk time and handle time tell the same story", "redundant",
    {"metric": "aht_phone", "with": "talk_time"},
    "2025-05-01", END, {"correlation": 0.95},
    "Month by team, talk time explains more than nine tenths of handle time: one of the two is enough on a scorecard.",
    (finding("redundant", metric="aht_phone"),),
)  # fmt: skip
ROBOT_TICKETS: Final = Truth(
    "robot_tickets", "A customer's monitoring mailed 900 tickets in three days", "spam",
    {"metric": "tickets", "unit": "berlin_technical_2", "slice": "channel=email", "subject": "[AUTO] monitor alert"},
    "2026-04-08", "2026-04-10", {"rows": 900},
    "Nine hundred machine-written tickets of one customer: no demand. They must stay visible and not enter KPIs.",
    (finding("spam", metric="tickets", unit="berlin_technical_2", period="2026-04"),),
)  # fmt: skip
FLU: Final = Truth(
    "flu", "Sickness in Milan in January made people wait", "root_cause",
    {"metric": "average_wait", "unit": "emea_south", "cause": "absence_rate"},
    "2026-01-12", "2026-02-06", {"absence_from": 0.05, "absence_to": 0.19, "wait": 2.6},
    "Absence of the southern teams rose from 5 % to 19 % for four weeks; waits rose 2.6 times in the same weeks.",
    (finding("root_cause", metric="average_wait", unit="emea_south", period="2026-01"),),
    (stepped("up", "absence_rate", "2026-01", unit="emea_south"),
     stepped("up", "average_wait", "2026-01", unit="emea_south")),
)  # fmt: skip
FASTER_REPLIES: Final = Truth(
    "faster_replies", "First replies in the south get two per cent faster every month", "trend",
    {"metric": "first_response_time", "unit": "emea_south"},
    "2025-05-01", END, {"monthly_factor": 0.98},
    "A steady improvement: the median first reply of October 2026 is about a fifth below that of October 2025.",
    (yearly("down", "first_response_time", "2026-10", unit="emea_south"),),
)  # fmt: skip
SUMMER: Final = Truth(
    "summer", "Every August is quiet", "not_a_finding", {"metric": "contacts", "unit": "emea_south"},
    "2025-05-01", END, {"august": 0.82, "june": 0.97},
    "August 2026 is as quiet as August 2025: the fall from June is a season.",
    silent=(finding("changed_from_last_year", metric="contacts", unit="emea_south", period="2026-08"),),
)  # fmt: skip
HOLIDAYS: Final = Truth(
    "holidays", "Nobody calls on a holiday", "not_a_finding", {"metric": "contacts", "unit": "uki"},
    "2025-12-25", "2025-12-26", {"share_left": 0.12},
    "Christmas has an eighth of a normal day's contacts: a holiday, no anomaly.",
    silent=(finding("anomaly", metric="contacts", unit="uki", period="2025-12-25"),),
)  # fmt: skip
SEVERE_REVIEWER: Final = Truth(
    "severe_reviewer", "One quality reviewer marks nine points harder", "rater_effect",
    {"metric": "qa_score", "reviewer": "qa-07"},
    "2025-05-01", END, {"points": -9.0},
    "On contacts that two people reviewed, qa-07 gives nine points less than the other: scores need calibration.",
    (finding("rater_effect", metric="qa_score"),),
)  # fmt: skip

TRUTHS: Final = (
    OUTAGE, OUTAGE_CREDITS, EARLY_CLOSING, AHT_GAMING, SLA_BREACH, WEEKEND_GAP, CHAT_FIRST, UNFAIR_RANKING,
    REDUNDANT_PAIR, ROBOT_TICKETS, FLU, FASTER_REPLIES, SUMMER, HOLIDAYS, SEVERE_REVIEWER,
)  # fmt: skip
