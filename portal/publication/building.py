"""One building of the publication: what is planned, held against what there is; only what is different is made."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, g

from portal.publication.making import Planned, publish
from portal.publication.plan import THEN, plan
from portal.publication.published import Published, language_of
from portal.publication.state import State
from portal.web import assets
from portal.web.documents import Document
from portal.web.parts import Parts

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Edition:
    """All documents of the public, and the bytes of those that were made just now and are others than before.

    `failed` are the paths of those that could not be made: the public keeps the last that could. It is not whole when
    some that can wait have not been made yet.
    """

    documents: dict[str, Published]
    bodies: dict[str, Mapping[str, bytes]]
    made: int
    failed: tuple[str, ...]
    is_whole: bool


class Builder:
    """Makes editions in the application's own words and templates."""

    def __init__(self, app: Flask, release: str) -> None:
        self._app = app
        self._release = release
        self._parts, self._parts_of = Parts(), ""
        self._is_secure = app.extensions["portal"].config.is_secure

    def plan(self, state: State) -> list[Planned]:
        """What the public is to have, the most urgent first."""
        planned = [*self._assets(), *plan(state, self._release)]
        return sorted(planned, key=lambda each: each.rank)

    def due(self, planned: Iterable[Planned], before: Mapping[str, Published], now: datetime) -> list[Planned]:
        """Those that have to be made."""
        return [each for each in planned if each.path not in before or not before[each.path].holds(each.basis, now)]

    def build(
        self,
        due: Iterable[Planned],
        planned: Iterable[Planned],
        before: Mapping[str, Published],
        state: State,
        *,
        is_time_up: Callable[[], bool],
    ) -> Edition:
        """The edition with these made anew, and what else is planned as it was before.

        When the time is up, what can wait is left for the next edition. A document that cannot be made stops no other: its
        last good form stays, and soon says that it is the last known state.
        """
        if self._parts_of != state.company:  # its name and its zone stand in them
            self._parts, self._parts_of = Parts(), state.company
        wanted = {each.path for each in planned}
        documents = {path: document for path, document in before.items() if path in wanted}
        bodies: dict[str, Mapping[str, bytes]] = {}
        failed: list[str] = []
        made, is_whole = 0, True
        for each in due:
            if each.rank >= THEN and is_time_up():
                is_whole = False
                break
            try:
                document = self._make(each, state)
            except Exception:  # whatever is wrong with this one: the others are wanted now
                logger.exception("%s cannot be made", each.path)
                failed.append(each.path)
                if each.path in documents:  # it stays, but nobody can say any longer that it is so
                    documents[each.path] = documents[each.path].ending(state.now)
                continue
            made += 1
            known = before.get(each.path)
            published, forms = publish(each, document, state.now, before=known, is_secure=self._is_secure)
            documents[each.path] = published
            if known is None or (known.etag, known.forms) != (published.etag, published.forms):
                bodies[each.path] = forms
        return Edition(documents, bodies, made, tuple(failed), is_whole)

    def _make(self, planned: Planned, state: State) -> Document:
        # A context of its own: where a command has one, its language would be remembered for all documents.
        with self._app.app_context(), self._app.test_request_context(planned.path):
            g.now, g.organisation, g.parts = state.now, state.organisation, self._parts
            g.spoken = language_of(planned.path)
            return planned.make()

    def _assets(self) -> list[Planned]:
        return [
            Planned(path, self._release, lambda document=document: document, rank=0)  # type: ignore[misc]
            for path, document in assets.documents(self._app).items()
        ]
