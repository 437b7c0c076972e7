from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, enum_column
from portal.organisation.rules import ChannelKind
from portal.web.localized import Localized


class Organisation(Model):
    """The one company that runs this installation: exactly one row, with id 1, once it has been set up.

    `guid` is random and never changes: it names the installation where its host or name, which may change, must not.
    `announces_norm`: customers hear the lead time of the class, not the estimate. `shows_queue`: they hear how many wait.
    """

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("id = 1", name="single"), CheckConstraint("name <> ''", name="named"))

    id: Mapped[int] = mapped_column(primary_key=True)
    guid: Mapped[str] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64))
    accent: Mapped[str] = mapped_column(String(7))
    email: Mapped[str] = mapped_column(String(254))
    site_url: Mapped[str] = mapped_column(String(300))
    about_nl: Mapped[str] = mapped_column(Text)
    about_en: Mapped[str] = mapped_column(Text)
    is_demo: Mapped[bool]
    announces_norm: Mapped[bool] = mapped_column(default=False, server_default=false())
    shows_queue: Mapped[bool] = mapped_column(default=False, server_default=false())
    changed_at: Mapped[datetime]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def about(self) -> Localized:
        return Localized(self.about_nl, self.about_en)


class Channel(Model):
    """A way to reach the company. `account` is our own page, number or handle there, as the channel names it."""

    __tablename__ = "channels"
    __table_args__ = (
        CheckConstraint("slug <> ''", name="slug_filled"),
        CheckConstraint("name <> ''", name="named"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[ChannelKind] = mapped_column(enum_column(ChannelKind))
    name: Mapped[str] = mapped_column(String(120))
    account: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(300))
    note_nl: Mapped[str] = mapped_column(Text)
    note_en: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    is_public: Mapped[bool]
    created_at: Mapped[datetime]

    @property
    def note(self) -> Localized:
        return Localized(self.note_nl, self.note_en)
