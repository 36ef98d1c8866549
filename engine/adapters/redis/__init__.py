"""What other processes may see and share, in Redis. The database is the truth; this is a fast copy of some of it."""
