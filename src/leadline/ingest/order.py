"""Which file keeps a key: the order of all files with live rows, those on disk by source and name.

Files that stay as they are in this run (gone, of other sources, refused) stand before all that can be loaded anew.
"""

from collections.abc import Sequence

from leadline.ingest.checks import Holder
from leadline.ingest.survey import FileKey, Survey
from leadline.store.entries import Batch


class Order:
    """Ordinals of files: from 0 for the candidates of a survey, below 0 for those that stay as they are."""

    def __init__(self, survey: Survey, batches: Sequence[Batch], stubborn: set[FileKey]) -> None:
        retired = {batch.id for batch in survey.retired}
        live = [b for b in batches if b.state == "loaded" and b.superseded_by is None]
        live = [b for b in live if (b.replays or b.id) not in retired]
        self.fixed = stubborn | {
            c.key for c in survey.candidates if c.standing in {"refused before", "unreadable"}
        }
        loadable = [(n, c) for n, c in enumerate(survey.candidates) if c.key not in self.fixed]
        self._last = {c.fact.name: n for n, c in loadable}
        self.replays: dict[str, list[Batch]] = {}
        for batch in live:
            if batch.replays:
                self.replays.setdefault(batch.replays, []).append(batch)
        at = {c.key: n for n, c in loadable}
        parents = sorted((b for b in live if not b.replays), key=lambda b: (b.source, b.file))
        fixed = [b for b in parents if (b.source, b.file) not in at]
        ordinals = {b.id: n - len(fixed) for n, b in enumerate(fixed)}
        ordinals |= {b.id: at[b.source, b.file] for b in parents if b.id not in ordinals}
        self.holders: dict[str, dict[int, Holder]] = {}
        self.place_of: dict[str, int] = {}
        for batch in parents:
            self._hold(ordinals[batch.id], batch, *self.replays.get(batch.id, ()))

    def more(self, fact: str, ordinal: int) -> bool:
        """Tell whether a later file of a fact may be loaded in this run."""
        return ordinal < self._last.get(fact, -1)

    def of(self, fact: str) -> dict[int, Holder]:
        """Give the files that hold keys of a fact, by ordinal."""
        return self.holders.setdefault(fact, {})

    def replace(self, ordinal: int, old: Batch | None, *new: Batch) -> None:
        """Put new batches in the place of an old one and its replays."""
        if old is not None:
            self.of(old.fact).pop(ordinal, None)
            for batch in (old, *self.replays.get(old.id, ())):
                self.place_of.pop(batch.id, None)
        self._hold(ordinal, *new)

    def _hold(self, ordinal: int, *batches: Batch) -> None:
        self.of(batches[0].fact)[ordinal] = Holder(ordinal, batches[0].file, batches)
        for batch in batches:
            self.place_of[batch.id] = ordinal
