"""Corvane: the demo company's organisation, products and words, as its systems know them.

A team has a different code in each system; org/units.yaml of the project lists all of them (a test compares).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from leadline_demo.arrays import Floats

NAME: Final = "Corvane"


@dataclass(frozen=True, slots=True)
class Region:
    """A commercial region: the customers of one market and the teams that serve them."""

    name: str
    code: str
    unit: str
    zone: str
    currency: str
    countries: tuple[str, ...]
    languages: tuple[tuple[str, float], ...]
    customers: float
    """Share of all the group's customers."""


BERLIN, LONDON, NEW_YORK = "Europe/Berlin", "Europe/London", "America/New_York"
REGIONS: Final = (
    Region(
        "emea_central", "EM-C", "emea", BERLIN, "EUR", ("DE", "AT", "NL"), (("de", 0.85), ("en", 0.15)), 0.17
    ),
    Region("emea_south", "EM-S", "emea", BERLIN, "EUR", ("IT", "FR"), (("it", 0.74), ("fr", 0.26)), 0.15),
    Region("uk", "UK", "uki", LONDON, "GBP", ("GB",), (("en", 1.0),), 0.18),
    Region("ireland", "IE", "uki", LONDON, "EUR", ("IE",), (("en", 1.0),), 0.08),
    Region("us", "US", "americas", NEW_YORK, "USD", ("US",), (("en", 0.85), ("es", 0.15)), 0.21),
    Region("canada", "CA", "americas", NEW_YORK, "USD", ("CA",), (("en", 0.6), ("fr", 0.4)), 0.09),
    Region("latin", "LX", "americas", NEW_YORK, "USD", ("MX", "CO"), (("es", 0.95), ("en", 0.05)), 0.12),
    Region("aldermann_sued", "ALD", "aldermann", BERLIN, "EUR", ("DE", "CH"), (("de", 1.0),), 0.0),
)
UNITS: Final = ("emea", "uki", "americas", "aldermann")
ALDERMANN: Final = 7
UNIT_OF_REGION: Final = np.array([UNITS.index(region.unit) for region in REGIONS])
ZONES: Final = (BERLIN, LONDON, NEW_YORK)
ZONE_OF_REGION: Final = np.array([ZONES.index(region.zone) for region in REGIONS])

CHANNELS: Final = ("phone", "chat", "email", "web", "social")
PHONE, CHAT, EMAIL, WEB, SOCIAL = range(5)
TOPICS: Final = ("billing", "price", "contract", "connection", "sync", "setup", "delivery", "account")
BILLING, PRICE, CONTRACT, CONNECTION, SYNC, SETUP, DELIVERY, ACCOUNT = range(8)
PRODUCTS: Final = ("connect", "guard", "vault", "voice")
CONNECT, GUARD, VAULT, VOICE = range(4)
SEGMENTS: Final = ("enterprise", "mid", "small", "consumer")
ENTERPRISE, MID, SMALL, CONSUMER = range(4)

MIXES: Final[dict[str, tuple[float, ...]]] = {
    "phone": (0.84, 0.04, 0.08, 0.03, 0.01),
    "mixed": (0.55, 0.20, 0.14, 0.08, 0.03),
    "digital": (0.12, 0.47, 0.24, 0.12, 0.05),
    "office": (0.42, 0.10, 0.34, 0.13, 0.01),
}
"""Channel mix (phone, chat, email, web, social) by how a team works."""
TOPIC_MIXES: Final[dict[str, tuple[float, ...]]] = {
    "service": (0.15, 0.07, 0.12, 0.14, 0.07, 0.16, 0.13, 0.16),
    "technical": (0.02, 0.01, 0.02, 0.47, 0.24, 0.20, 0.01, 0.03),
    "billing": (0.52, 0.15, 0.19, 0.01, 0.01, 0.01, 0.03, 0.08),
}


@dataclass(frozen=True, slots=True)
class Team:
    """A team: `name` in the organisation (and in surveys), and its code in telephony, helpdesk and chat."""

    name: str
    code: str
    group: str
    chat: str
    region: int
    work: str
    mix: str


def _teams(region: int, site: str, code: str, chat: int, works: tuple[tuple[str, str], ...]) -> list[Team]:
    teams: list[Team] = []
    numbers = {"service": 0, "technical": 0, "billing": 0}
    for work, mix in works:
        numbers[work] += 1
        number = numbers[work]
        name = f"{site}_{work}_{number}"
        title = f"{site.title()} {work.title()} {number}"
        teams.append(
            Team(
                name,
                f"{code}-{work[0].upper()}{number}",
                title,
                str(chat + len(teams) + 1),
                region,
                work,
                mix,
            )
        )
    return teams


def _rechnung(teams: list[Team]) -> list[Team]:
    german = {"service": "kundendienst", "technical": "technik", "billing": "rechnung"}
    return [
        Team(
            t.name.replace(t.work, german[t.work]), t.code.replace("STG", "AN"),
            t.group.replace(t.work.title(), german[t.work].title()), t.chat, t.region, t.work, t.mix,
        )
        for t in teams
    ]  # fmt: skip


_S, _T, _B = "service", "technical", "billing"
_FULL = ((_S, "phone"), (_S, "mixed"), (_S, "digital"), (_T, "phone"), (_T, "digital"), (_B, "office"))
TEAMS: Final = tuple(
    _teams(0, "berlin", "BER", 3100, _FULL)
    + _teams(1, "milan", "MIL", 3200, _FULL)
    + _teams(2, "manchester", "MAN", 4100, _FULL)
    + _teams(3, "dublin", "DUB", 4200, ((_S, "phone"), (_S, "mixed"), (_T, "mixed"), (_B, "office")))
    + _teams(4, "tampa", "TPA", 5100, ((_S, "phone"), (_S, "mixed"), (_S, "phone"), (_S, "digital"),
                                       (_T, "phone"), (_T, "digital"), (_B, "office")))
    + _teams(5, "toronto", "TOR", 5200, ((_S, "phone"), (_S, "digital"), (_T, "mixed")))
    + _teams(6, "miami", "MIA", 5300, ((_S, "phone"), (_S, "mixed"), (_S, "digital"), (_B, "office")))
    + _rechnung(_teams(ALDERMANN, "stuttgart", "STG", 9000,
                       ((_S, "phone"), (_S, "mixed"), (_T, "mixed"), (_B, "office"))))
)  # fmt: skip
TEAM_NAMES: Final = tuple(team.name for team in TEAMS)
TEAM_REGION: Final = np.array([team.region for team in TEAMS])
TEAM_UNIT: Final = UNIT_OF_REGION[TEAM_REGION]
PRE_MERGER_TEAMS: Final = TEAM_REGION != ALDERMANN


def team(name: str) -> int:
    """Give the index of a team by its name in the organisation."""
    return TEAM_NAMES.index(name)


def teams_of(unit: str) -> list[int]:
    """Give the indexes of the teams of a business unit or of a region."""
    return [i for i, t in enumerate(TEAMS) if unit in (REGIONS[t.region].unit, REGIONS[t.region].name)]


def channel_mix() -> Floats:
    """Give the channel mix of every team: teams x channels, rows summing to 1."""
    return np.array([MIXES[t.mix] for t in TEAMS])


def topic_mix() -> Floats:
    """Give the topic mix of every team: teams x topics, rows summing to 1."""
    return np.array([TOPIC_MIXES[t.work] for t in TEAMS])


HOLIDAYS: Final[dict[str, tuple[str, ...]]] = {
    "emea": ("2025-05-29", "2025-10-03", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06",
             "2026-05-01", "2026-05-14", "2026-10-03"),
    "uki": ("2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03",
            "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31"),
    "americas": ("2025-05-26", "2025-07-04", "2025-09-01", "2025-11-27", "2025-12-25", "2026-01-01", "2026-05-25",
                 "2026-07-04", "2026-09-07"),
    "aldermann": ("2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-10-03"),
}  # fmt: skip
