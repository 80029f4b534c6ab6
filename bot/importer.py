"""Joins content/replies.yml into the domain, so that every stock Rasa command knows the replies."""

from __future__ import annotations

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter

from bot import files

REPLIES = "replies.yml"


class RepliesImporter(RasaFileImporter):
    """Rasa's own importer with one more domain file: the words live with the service team."""

    def get_domain(self) -> Domain:
        given = self._domain_path
        paths = [given] if isinstance(given, str) else list(given or [])
        return Domain.load([*paths, str(files.CONTENT / REPLIES)])
