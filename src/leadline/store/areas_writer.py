"""The areas of the ledger beside what refreshes publish, as a writer of the ledger reaches them: each is named here."""

from leadline.store.commentary import CommentaryWriter
from leadline.store.decided import DecidedWriter
from leadline.store.effective import EffectiveWriter
from leadline.store.frozen import FrozenWriter
from leadline.store.jobs import JobsWriter
from leadline.store.people import PeopleWriter
from leadline.store.work import WorkWriter
from leadline.store.writing import Writing


class AreaWriters(Writing):
    """What writes each area, in one transaction."""

    @property
    def effective(self) -> EffectiveWriter:
        """What brings governed definitions into force."""
        return self._writer_of(EffectiveWriter)

    @property
    def frozen(self) -> FrozenWriter:
        """The area of closed periods."""
        return self._writer_of(FrozenWriter)

    @property
    def commentary(self) -> CommentaryWriter:
        """The area of what people said of figures."""
        return self._writer_of(CommentaryWriter)

    @property
    def decided(self) -> DecidedWriter:
        """Records what people decide about definitions and figures."""
        return self._writer_of(DecidedWriter)

    @property
    def work(self) -> WorkWriter:
        """Work items."""
        return self._writer_of(WorkWriter)

    @property
    def jobs(self) -> JobsWriter:
        """What is to be done, and who holds it."""
        return self._writer_of(JobsWriter)

    @property
    def people(self) -> PeopleWriter:
        """The area of accounts, credentials and sessions."""
        return self._writer_of(PeopleWriter)
