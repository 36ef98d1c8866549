"""Small tables that ship with the package, and where they lie."""

from pathlib import Path
from typing import Final

TABLES: Final = Path(__file__).parent
