"""Truths about the data itself: what is broken, doubled, late, mislabelled or not comparable."""

from typing import Final

from leadline_demo.truths.model import Truth, finding, stepped, yearly

END = "2026-10-31"

BROKEN_LINES: Final = Truth(
    "broken_lines", "Lines cut or garbled in transit", "held_rows",
    {"source": "several", "detail": "files and physical line numbers are listed under planted.lines"},
    "2025-08-01", "2026-06-30", {},
    "Every listed line is held with its file, its physical line number and its reason; all other rows are accepted.",
    (finding("held_rows", source="calls_berlin", reason="fields", minimum=1),
     finding("held_rows", source="calls_newyork", reason="fields", minimum=1),
     finding("held_rows", source="invoices", reason="fields", minimum=1),
     finding("held_rows", source="chats", reason="json", minimum=1),
     finding("held_rows", source="survey_responses", reason="encoding", minimum=1)),
)  # fmt: skip
BLANK_LINES: Final = Truth(
    "blank_lines", "Empty lines inside exports", "not_a_finding", {"source": "calls_berlin"},
    "2025-09-01", "2025-09-30", {"lines": 5},
    "Empty lines carry no row: they are neither accepted nor held, and line numbers of later rows stay right.",
    silent=(finding("held_rows", source="calls_berlin", reason="blank"),),
)  # fmt: skip
DOUBLE_EXPORT: Final = Truth(
    "double_export", "The December call export repeats the last calls of November", "duplicate_keys",
    {"source": "calls_berlin", "metric": "contacts", "unit": "emea"},
    "2025-11-28", "2025-11-30", {"rows": 400},
    "The repeated calls are held as already loaded from the November file, and contacts do not rise.",
    (finding("held_rows", source="calls_berlin", reason="already-loaded", minimum=1),),
)  # fmt: skip
COPIED_FILE: Final = Truth(
    "copied_file", "The survey answers of March 2026 were delivered twice", "duplicate_keys",
    {"source": "survey_responses", "file": "surveys/responses_2026-03_copy.csv"},
    "2026-03-01", "2026-03-31", {},
    "The second copy adds no answer: each of its rows is held as already loaded, naming the other file.",
    (finding("held_rows", source="survey_responses", reason="already-loaded", minimum=100),),
)  # fmt: skip
UNKNOWN_TEAM: Final = Truth(
    "unknown_team", "A new team's code is not in the organisation yet", "held_rows",
    {"source": "calls_newyork", "metric": "contacts", "unit": "tampa_service_2", "code": "TPA-S9"},
    "2026-10-05", END, {"share": 0.4},
    "Calls of the unknown code TPA-S9 are held until somebody places the code; the team's fall in contacts is the gap.",
    (finding("held_rows", source="calls_newyork", reason="unknown-unit", minimum=50),),
    (stepped("down", "contacts", "2026-10", unit="tampa_service_2"),),
)  # fmt: skip
IMPOSSIBLE_TIMES: Final = Truth(
    "impossible_times", "Night calls stamped inside the hour that the clock skipped", "held_rows",
    {"source": "calls_berlin", "detail": "02:00-03:00 on 2026-03-29 does not exist in Europe/Berlin"},
    "2026-03-29", "2026-03-29", {"rows": 60},
    "Times that never were on that site's clock are held, never shifted silently.",
    (finding("held_rows", source="calls_berlin", reason="no-such-time", minimum=5),),
)  # fmt: skip
CLOCK_BEHIND: Final = Truth(
    "clock_behind", "The Berlin switch stayed on winter time for three days", "dst_artefact",
    {"source": "calls_berlin", "metric": "contacts", "unit": "emea_central"},
    "2026-03-29", "2026-03-31", {"hours": 1},
    "Calls of three days begin an hour too early (before opening): a clock fault, not early demand.",
    (finding("clock_fault", metric="contacts", unit="emea_central", period="2026-03"),),
)  # fmt: skip
NEGATIVE_DURATIONS: Final = Truth(
    "negative_durations", "A switch update wrote negative after-call times", "held_rows",
    {"source": "calls_newyork", "column": "wrap_seconds"},
    "2026-06-08", "2026-06-14", {"share": 0.06},
    "A duration cannot be negative: the rows are held, and handle time is not pulled down.",
    (finding("held_rows", source="calls_newyork", reason="too-small", minimum=10),),
)  # fmt: skip
SENTINEL_WAITS: Final = Truth(
    "sentinel_waits", "Wait 99999 means 'not measured'", "held_rows",
    {"source": "calls_london", "column": "wait_s", "metric": "average_wait", "unit": "uki"},
    "2025-05-01", END, {"share": 0.002, "value": 99999},
    "A wait of more than a day is a code, not a wait: the rows are held and the average wait stays in seconds.",
    (finding("held_rows", source="calls_london", reason="too-large", minimum=20),),
)  # fmt: skip
SENTINEL_SCORES: Final = Truth(
    "sentinel_scores", "Score 99 means 'no answer'", "not_a_finding",
    {"source": "survey_responses", "column": "score", "metric": "nps"},
    "2025-05-01", END, {"share": 0.015, "value": 99},
    "An answer of 99 is no answer: it counts neither as promoter nor in n.",
    silent=(finding("held_rows", source="survey_responses", reason="too-large"),),
)  # fmt: skip
TEST_ACCOUNTS: Final = Truth(
    "test_accounts", "Contacts of the company's own test accounts", "held_rows",
    {"source": "calls_berlin", "column": "customer_id", "detail": "identifiers begin with TEST-"},
    "2025-05-01", END, {"share": 0.0015},
    "Test accounts are no customers: their contacts are held by the declared rule, with its reason.",
    (finding("held_rows", source="calls_berlin", reason="rejected", minimum=10),
     finding("held_rows", source="chats", reason="rejected", minimum=10)),
)  # fmt: skip
TRUNCATED_FILE: Final = Truth(
    "truncated_file", "A re-delivered helpdesk export broke off in the middle", "refused_file",
    {"source": "ticket_events", "file": "helpdesk/events_2026-10-redelivery.jsonl.gz"},
    "2026-10-01", END, {},
    "The file is refused as a whole with its reason; nothing of it is loaded.",
    (finding("refused_file", source="ticket_events", minimum=1),),
)  # fmt: skip
EMPTY_FILE: Final = Truth(
    "empty_file", "An empty survey file", "refused_file",
    {"source": "survey_responses", "file": "surveys/responses_2026-10b.csv"},
    "2026-10-01", END, {},
    "A file without even a header is refused and named.",
    (finding("refused_file", source="survey_responses", minimum=1),),
)  # fmt: skip
ANSWERED_TOO_EARLY: Final = Truth(
    "answered_too_early", "Answers older than their invitation", "held_rows",
    {"source": "survey_responses", "column": "answered_at"},
    "2025-07-01", "2025-07-31", {"rows": 45},
    "An answer before its question is impossible: held by the declared rule.",
    (finding("held_rows", source="survey_responses", reason="rejected", minimum=5),),
)  # fmt: skip
WRONG_ENCODING: Final = Truth(
    "wrong_encoding", "One of the acquired unit's files came in UTF-8 instead of cp1252", "encoding",
    {"source": "aldermann_contacts", "file": "aldermann/kontakte_2026-05.csv", "column": "Betreff"},
    "2026-05-01", "2026-05-31", {},
    "Text of this file reads 'StÃ¶rung': the declared encoding is wrong for this one file, and its fault contacts are "
    "held because their subject is on no list.",
    (finding("encoding", source="aldermann_contacts", period="2026-05"),),
    (finding("held_rows", source="aldermann_contacts", reason="not-one-of", minimum=20),),
)  # fmt: skip
LATE_FEED: Final = Truth(
    "late_feed", "The American chat feed ends four days before the others", "late_feed",
    {"source": "chats", "metric": "contacts", "unit": "americas", "slice": "channel=chat"},
    "2026-10-28", END, {"days": 4},
    "The last four days are missing, not quiet: the source is late, and October is provisional where it counts chats.",
    (finding("late_feed", source="chats", unit="americas", period="2026-10"),),
)  # fmt: skip
REVENUE_GAP: Final = Truth(
    "revenue_gap", "Billing leaves out accounts that the CRM has under contract", "reconciliation",
    {"metric": "recurring_revenue", "unit": "uki", "slice": "product=voice"},
    "2026-07-01", END, {"unbilled_share": 0.6},
    "From July 2026 the invoices of mid-size Voice customers of UK & Ireland are missing for 60 % of accounts: "
    "CRM and billing disagree there and nowhere else.",
    (finding("reconciliation", metric="recurring_revenue", unit="uki", slice="product=voice", period="2026-10"),),
    (yearly("down", "recurring_revenue", "2026-10", unit="uki", slice="product=voice"),),
)  # fmt: skip
RENAMED_TEAM: Final = Truth(
    "renamed_team", "Manchester Service 2 got a new code", "not_a_finding",
    {"source": "calls_london", "metric": "contacts", "unit": "manchester_service_2", "code": "MAN-CARE"},
    "2026-01-01", END, {},
    "Both codes are one team: its series goes on without a break.",
    silent=(finding("held_rows", source="calls_london", reason="unknown-unit"),),
)  # fmt: skip
SCORE_SCALES: Final = Truth(
    "score_scales", "The acquired unit asks satisfaction on 1 to 7", "scale_mismatch",
    {"metric": "csat", "unit": "aldermann"},
    "2026-02-01", END, {"pooled_too_high": 20.0},
    "A 4 of 7 is the middle, a 4 of 5 is satisfied: pooled as they are, Aldermann's satisfaction reads about 20 points "
    "too high. It is kept as a metric of its own, with its own box.",
    (finding("scale_mismatch", metric="csat", unit="aldermann"),),
)  # fmt: skip
DUPLICATE_CUSTOMERS: Final = Truth(
    "duplicate_customers", "Customers of the acquired unit who already were Corvane's", "duplicate_identity",
    {"fact": "customer", "unit": "aldermann", "pairs": "truths_duplicate_customers.csv"},
    "2026-02-01", END, {"share": 0.3, "same_email": 0.6},
    "Three in ten of Aldermann's customers are in the CRM as well: six in ten of them with the same e-mail, the others "
    "with a name spelled differently and the same phone number and postcode.",
    (finding("duplicate_identity", fact="customer", unit="aldermann", minimum=50),),
)  # fmt: skip
STALE_METRIC: Final = Truth(
    "stale_metric", "Mystery shopping stopped in February and nobody noticed", "stale_metric",
    {"metric": "mystery_shopping", "source": "mystery_shopping"},
    "2026-02-14", END, {"months_without": 8},
    "The last visit is of February 2026: a figure still on the scorecard, without data for eight months.",
    (finding("stale_metric", metric="mystery_shopping"),),
)  # fmt: skip
CENTS_AS_EUROS: Final = Truth(
    "cents_as_euros", "Goodwill typed into the workbook in cents", "outliers",
    {"metric": "credits", "unit": "emea_central", "source": "manual_credits"},
    "2026-03-02", "2026-03-20", {"rows": 20, "times": 100.0, "mean_eur": 32.0},
    "A temp of March typed amounts in cents: a hundred times too much. They stay visible, and March's credits are told "
    "without them.",
    (finding("outliers", metric="credits", unit="emea_central", period="2026-03"),),
    silent=(stepped("up", "credits", "2026-03"), stepped("down", "credits", "2026-04")),
)  # fmt: skip

TRUTHS: Final = (
    BROKEN_LINES, BLANK_LINES, DOUBLE_EXPORT, COPIED_FILE, UNKNOWN_TEAM, IMPOSSIBLE_TIMES, CLOCK_BEHIND,
    NEGATIVE_DURATIONS, SENTINEL_WAITS, SENTINEL_SCORES, TEST_ACCOUNTS, TRUNCATED_FILE, EMPTY_FILE,
    ANSWERED_TOO_EARLY, WRONG_ENCODING, LATE_FEED, REVENUE_GAP, RENAMED_TEAM, SCORE_SCALES, DUPLICATE_CUSTOMERS,
    STALE_METRIC, CENTS_AS_EUROS,
)  # fmt: skip
