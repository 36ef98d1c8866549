"""A broker that fills orders on paper, with a book of its own in a file of its own."""

from engine.adapters.paper_broker.book import Book, read_book
from engine.adapters.paper_broker.broker import PaperBroker

__all__ = ["Book", "PaperBroker", "read_book"]
