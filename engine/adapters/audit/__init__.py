"""The audit trail outside of the database: the key, signed checkpoints and their copies, exports, and what holds."""
