"""The areas of the ledger beside what refreshes publish, as a reader of the ledger reaches them: each is named here."""

from leadline.store.commentary import CommentaryReader
from leadline.store.decided import DecidedReader
from leadline.store.effective import EffectiveReader
from leadline.store.frozen import FrozenReader
from leadline.store.jobs import JobsReader
from leadline.store.people import PeopleReader
from leadline.store.reading import Area, Reading
from leadline.store.work import WorkReader


class AreaReaders(Reading):
    """What reads each area, at one moment."""

    @property
    def effective(self) -> EffectiveReader:
        """What came into force of governed definitions."""
        return self._reader_of(EffectiveReader)

    @property
    def frozen(self) -> FrozenReader:
        """The area of closed periods."""
        return self._reader_of(FrozenReader)

    @property
    def commentary(self) -> CommentaryReader:
        """The area of what people said of figures."""
        return self._reader_of(CommentaryReader)

    @property
    def decided(self) -> DecidedReader:
        """What people decided about definitions and figures."""
        return self._reader_of(DecidedReader)

    @property
    def work(self) -> WorkReader:
        """Work items."""
        return self._reader_of(WorkReader)

    @property
    def jobs(self) -> JobsReader:
        """What is to be done, and who holds it."""
        return self._reader_of(JobsReader)

    @property
    def people(self) -> PeopleReader:
        """The area of accounts, credentials and sessions."""
        return self._reader_of(PeopleReader)

    def _areas(self) -> tuple[Area, ...]:
        """Give the areas beside what refreshes publish; a new one is named here."""
        return (
            self.effective,
            self.frozen,
            self.commentary,
            self.decided,
            self.work,
            self.jobs,
            self.people,
        )
