"""The accounts of the journeys, for what can only be tried in the whole house."""

from tests.journeys.conftest import begun_files, invested, invested_files, new, people

__all__ = ["begun_files", "invested", "invested_files", "new", "people"]
