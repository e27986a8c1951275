"""Many people, made up: three in ten stand there twice or more, with the slips that people make when they type."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.people.sets import People

MANY = """
kind: identity
name: who
of: person_record
values:
  given: {of: first_name, as: exact}
  surname: {of: surname, as: exact}
  born: {of: dob, as: date}
  email: {of: email, as: exact}
  phone: {of: phone, as: exact}
  postcode: {of: postcode, as: exact}
likely:
  compare:
    - {of: [given], by: name}
    - {of: [surname], by: name}
    - {of: [born], by: date}
    - {of: [email], by: email}
    - {of: [phone], by: exact}
    - {of: [postcode], by: exact}
  pairs: [[email], [phone], [surname, born], [given, born], [surname, postcode]]
  learn: {on: [[email], [surname, born]], certain: [[email], [phone, surname], [given, surname, born]], recall: 0.8}
"""
_ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "sch",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
_RIMES = [
    "a",
    "al",
    "an",
    "ar",
    "as",
    "e",
    "el",
    "en",
    "er",
    "ert",
    "i",
    "in",
    "ing",
    "o",
    "ol",
    "on",
    "or",
    "u",
    "ul",
    "un",
    "ur",
    "ai",
    "au",
    "ei",
]
_ENDS = [
    "a",
    "e",
    "er",
    "ke",
    "mann",
    "sen",
    "ski",
    "son",
    "ton",
    "ez",
    "ini",
    "ova",
    "berg",
    "dottir",
    "ley",
]


def many(records: int, seed: int = 7) -> People:
    """Give so many records, shuffled."""
    dice = np.random.default_rng(seed)
    persons = int(records / 1.4)
    who = np.concatenate([np.arange(persons), dice.integers(0, persons, records - persons)])
    first = _words(dice, 1500)[_ranks(dice, persons, 1500)]
    last = _words(dice, 40_000)[_ranks(dice, persons, 40_000)]
    days = dice.integers(0, 80 * 365, persons)
    dob = np.datetime_as_string(np.datetime64("1930-01-01") + days)
    post = np.char.zfill(dice.integers(0, 9000, persons).astype(str), 5)
    phone = np.char.zfill(dice.integers(10**8, 10**9, persons).astype(str), 10)
    number = np.arange(persons).astype(str)
    email = np.char.add(np.char.add(np.char.add(first, "."), np.char.add(last, number)), "@mail.example")
    order = dice.permutation(records)
    who = who[order]
    copy = (order >= persons)[:]
    columns = {
        "first_name": _slips(dice, first[who], copy, 0.15),
        "surname": _slips(dice, last[who], copy, 0.15),
        "dob": pc.if_else(
            pa.array(copy & (dice.random(records) < 0.05)), pa.scalar("1970-01-01"), pa.array(dob[who])
        ),
        "email": _lost(dice, email[who], np.where(copy, 0.5, 0.1)),
        "phone": _lost(dice, phone[who], np.where(copy, 0.5, 0.2)),
        "postcode": pa.array(np.where(copy & (dice.random(records) < 0.2), np.roll(post[who], 1), post[who])),
    }
    keys = pa.array(np.char.add("r", np.char.zfill(np.arange(records).astype(str), 8)))
    table = pa.table({"record_id": keys, "cluster": pa.array(who.astype(str)), **columns})
    return People("many", table, MANY)


def _words(dice: np.random.Generator, count: int) -> np.ndarray:
    """Names of two or three syllables, all different."""
    found: dict[str, None] = {}
    while len(found) < count:
        parts = (_ONSETS, _RIMES, _ONSETS, _RIMES, _ENDS)
        found["".join(part[dice.integers(len(part))] for part in parts)] = None
    return np.array(list(found))


def _ranks(dice: np.random.Generator, size: int, count: int) -> np.ndarray:
    """Some names are common, most are rare."""
    return np.minimum((count * dice.random(size) ** 2.2).astype(int), count - 1)


def _slips(dice: np.random.Generator, names: np.ndarray, copy: np.ndarray, share: float) -> pa.Array:
    """One letter is left out of some names of copies."""
    slipped = copy & (dice.random(len(names)) < share)
    at = dice.integers(1, 4, len(names))
    wrong = [
        name[:i] + name[i + 1 :]
        for name, i in zip(names[slipped].tolist(), at[slipped].tolist(), strict=True)
    ]
    mended = names.astype(object)
    mended[slipped] = wrong
    return pa.array(mended.tolist(), pa.string())


def _lost(dice: np.random.Generator, values: np.ndarray, share: np.ndarray) -> pa.Array:
    return pa.array(values.tolist(), pa.string(), mask=dice.random(len(values)) < share)
