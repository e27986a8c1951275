"""Truths about customers and money: voices, churn, prices, campaigns, experiments and consent."""

from typing import Final

from leadline_demo.truths.model import Truth, finding, stepped, yearly

END = "2026-10-31"

BOT_ANSWERS: Final = Truth(
    "bot_answers", "A script answered the American survey", "survey_fraud",
    {"metric": "nps", "unit": "americas", "detail": "scores of 10 within four seconds from one address block"},
    "2026-06-08", "2026-06-14", {"rows": 1150, "score": 10, "longest_s": 4},
    "1,150 answers of 10, each within four seconds, from one address block with a handful of texts: no customers. "
    "Without them the June figure is as before.",
    (finding("survey_fraud", metric="nps", unit="americas", period="2026-06"),),
    (stepped("up", "nps", "2026-06", unit="americas"), stepped("up", "nps", "2026-06", unit="us")),
)  # fmt: skip
WITHDRAWN_CONSENTS: Final = Truth(
    "withdrawn_consents", "Critical customers of EMEA withdrew their consent to surveys", "consent",
    {"metric": "nps", "unit": "emea", "purpose": "survey"},
    "2026-08-10", "2026-08-28", {"share": 0.2, "nps_points": -30.0},
    "A fifth of EMEA's customers withdrew; they are 30 points more critical. Their answers may not be used from the "
    "withdrawal on, and leaving them out raises NPS: the report must say so.",
    (finding("consent", metric="nps", unit="emea", period="2026-10"),),
    (stepped("up", "consent_withdrawals", "2026-08"),),
)  # fmt: skip
ASKING_THE_HAPPY: Final = Truth(
    "asking_the_happy", "UK & Ireland ask mostly customers whose problem was solved", "bias",
    {"metric": "csat", "unit": "uki"},
    "2026-07-01", END, {"invited_unresolved_from": 0.30, "invited_unresolved_to": 0.05},
    "Since July 2026 unresolved contacts are hardly invited: satisfaction seems to rise by several points, "
    "service is as before.",
    (finding("bias", metric="csat", unit="uki"),),
    (yearly("up", "csat", "2026-10", unit="uki"),),
)  # fmt: skip
DOUBLE_CHARGE: Final = Truth(
    "double_charge", "Spanish-speaking customers write about being charged twice", "text_topic",
    {"metric": "csat", "unit": "latin", "slice": "language=es"},
    "2026-08-01", END, {"share_from": 0.02, "share_to": 0.5},
    "Half of the critical Spanish comments since August 2026 name a double charge; in English hardly any.",
    (finding("text_topic", metric="csat", unit="latin", slice="language=es"),),
)  # fmt: skip
ACQUIRED_VOICES: Final = Truth(
    "acquired_voices", "The group's NPS fell because Aldermann joined", "composition",
    {"metric": "nps"},
    "2026-02-01", END, {"aldermann_nps": -14.0},
    "In February 2026 the group's NPS steps down: none of the old units changed, a unit at -14 came in.",
    (finding("composition", metric="nps", period="2026-02"),),
    (stepped("down", "nps", "2026-02"),
     yearly("down", "nps", "2026-10")),
)  # fmt: skip
TIERS: Final = Truth(
    "tiers", "Tiers A, B, C became Gold, Silver, Bronze on New Year's Day", "reclassification",
    {"metric": "nps", "slice": "tier=Gold"},
    "2026-01-01", END, {"b_to_gold": 0.35, "nps_a": 72.0, "nps_b": 22.0, "nps_c": 14.0},
    "A third of the former B customers became Gold: Gold's NPS falls by more than ten points though no customer "
    "changed. As was and as is must both be right.",
    (finding("reclassification", metric="nps", slice="account.tier=Gold", period="2026-01"),),
    (stepped("down", "nps", "2026-01", slice="tier=Gold"),),
)  # fmt: skip
CHURN_CAUSE: Final = Truth(
    "churn_cause", "Small businesses of UK & Ireland leave over the Flex migration", "root_cause",
    {"metric": "churn_rate", "unit": "uki", "slice": "segment=small", "cause": "plan=flex"},
    "2026-08-01", END, {"hazard_flex": 0.11, "reason_share": 0.7},
    "Churn of small businesses there rose two- to threefold from August 2026: all of it among customers on plan Flex, "
    "who name the forced migration; other plans and segments are as before.",
    (finding("root_cause", metric="churn_rate", unit="uki", slice="segment=small"),),
    (stepped("up", "churn_rate", "2026-08", slice="segment=small"),
     stepped("up", "churn_rate", "2026-08", slice="plan=flex"),
     stepped("up", "churn_rate", "2026-08", unit="uki"),
     finding("off_target", metric="churn_rate", unit="uki", period="2026-10")),
)  # fmt: skip
PRICE_RISE: Final = Truth(
    "price_rise", "Connect's consumer price rose by six per cent", "price_change",
    {"metric": "revenue_per_account", "slice": "segment=consumer"},
    "2026-03-01", END, {"price": 1.06, "contacts": 3.0, "contact_days": 21, "extra_hazard": 0.022, "hazard_months": 2},
    "From March 2026 consumers pay six per cent more for Connect; price contacts tripled for three weeks and "
    "churn of these customers was about two points a month higher for two months.",
    (stepped("up", "contacts", "2026-03", slice="topic=price"),
     stepped("up", "churn_rate", "2026-03", slice="segment=consumer"),
     stepped("up", "revenue_per_account", "2026-03", slice="segment=consumer")),
)  # fmt: skip
WINTER_CAMPAIGN: Final = Truth(
    "winter_campaign", "The Winter Switch campaign in UK & Ireland", "campaign",
    {"metric": "signups", "unit": "uki", "slice": "segment=consumer"},
    "2026-02-02", "2026-02-28", {"signups": 3.0, "visits": 2.5, "contacts": 1.8},
    "In February consumer sign-ups ran at three times and visits at two and a half times the usual: the campaign, "
    "and no lasting growth.",
    (finding("campaign", metric="signups", unit="uki", period="2026-02"),),
    (stepped("up", "signups", "2026-02", unit="uki"), stepped("up", "page_views", "2026-02", unit="uki")),
)  # fmt: skip
GUIDED_SETUP: Final = Truth(
    "guided_setup", "The guided set-up experiment worked", "experiment",
    {"metric": "onboarding_completion", "slice": "flow", "campaign": "guided_setup_test"},
    "2026-01-05", "2026-03-31", {"control": 0.55, "treated": 0.66},
    "Of randomised new customers 66 % of those with guided set-up finished within 14 days against 55 %: a real effect.",
    (finding("experiment", metric="onboarding_completion", slice="flow", direction="up"),),
)  # fmt: skip
SUBJECT_LINES: Final = Truth(
    "subject_lines", "The subject-line experiment did nothing", "experiment_null",
    {"metric": "campaign_conversion", "slice": "variant", "campaign": "subject_line_test"},
    "2026-05-04", "2026-05-31", {"exposed": 9000, "conversion": 0.04},
    "Both subject lines converted four per cent: no effect, and a difference up to about one point cannot be excluded.",
    (finding("experiment_null", metric="campaign_conversion", slice="variant"),),
)  # fmt: skip
BETTER_ONBOARDING: Final = Truth(
    "better_onboarding", "Guided set-up for everyone since April", "improvement",
    {"metric": "onboarding_completion"},
    "2026-04-01", END, {"completion_from": 0.55, "completion_to": 0.66, "days_from": 9.5, "days_to": 6.0},
    "Completion rose from 55 % to 66 % and the median time to first value fell from 9.5 to 6 days.",
    (yearly("up", "onboarding_completion", "2026-09"),),
    (stepped("up", "onboarding_completion", "2026-04"), yearly("down", "time_to_value", "2026-09")),
)  # fmt: skip
SYNC_ERRORS: Final = Truth(
    "sync_errors", "Sync errors of Vault lead contacts about sync by five days", "lead_lag",
    {"metric": "sync_error_rate", "leads": "contacts", "slice": "topic=sync"},
    "2025-05-01", END, {"lag_days": 5, "persistence": 0.75, "spread": 0.4},
    "Days with many sync errors are followed five days later by many sync contacts: an early warning.",
    (finding("lead_lag", metric="sync_error_rate", leads="contacts"),),
)  # fmt: skip
DOLLAR: Final = Truth(
    "dollar", "American revenue in euro follows the dollar", "currency",
    {"metric": "recurring_revenue", "unit": "americas"},
    "2026-05-01", END, {"rate_before": 0.92, "rate_after": 0.85},
    "The dollar fell from 0.92 to 0.85 euro in May 2026: per account revenue in euro fell 7.6 % while in dollars "
    "it did not.",
    (finding("currency", metric="revenue_per_account", unit="americas", period="2026-05"),),
    (stepped("down", "revenue_per_account", "2026-05", unit="americas"),
     stepped("down", "revenue_per_account", "2026-05", slice="segment=consumer")),
)  # fmt: skip

TRUTHS: Final = (
    BOT_ANSWERS, WITHDRAWN_CONSENTS, ASKING_THE_HAPPY, DOUBLE_CHARGE, ACQUIRED_VOICES, TIERS, CHURN_CAUSE, PRICE_RISE,
    WINTER_CAMPAIGN, GUIDED_SETUP, SUBJECT_LINES, BETTER_ONBOARDING, SYNC_ERRORS, DOLLAR,
)  # fmt: skip
