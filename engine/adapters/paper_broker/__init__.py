"""A broker that fills orders on paper, with a book of its own in a file of its own."""

from engine.adapters.paper_broker.book import Book, read_book
from engine.adapters.paper_broker.books import PaperBooks
from engine.adapters.paper_broker.broker import PaperBroker
from engine.adapters.paper_broker.terms import EXACT, Terms

__all__ = ["EXACT", "Book", "PaperBooks", "PaperBroker", "Terms", "read_book"]
