"""A running house, for the rules that can only be tried in one."""

from tests.journeys.conftest import begun_files, new, people

__all__ = ["begun_files", "new", "people"]
