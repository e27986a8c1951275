"""Personal data are shown to nobody untold: who saw what, for which purpose and of how many, before it is shown."""

from leadline.store.ledger import Ledger

SEEN = "see_personal_data"


def tell(
    ledger: Ledger,
    actor: str,
    permission: str,
    what: str,
    *,
    purpose: str,
    subjects: int,
    hurried: bool = False,
) -> None:
    """Write into the journal that personal data are shown; of nobody's data, nothing.

    `subjects` are persons, or rows where it is rows that are shown. `hurried`: do not wait for another writer.

    Raises:
        BusyError: it cannot be written now; then nothing may be shown.
    """
    if subjects:
        said = {"permission": permission, "purpose": purpose, "subjects": subjects}
        with ledger.write(actor=actor, hurried=hurried) as writer:
            writer.note(SEEN, what, after=said)
