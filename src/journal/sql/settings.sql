-- The settings as SQLite has them, which need not be as they were asked for.
SELECT journal_mode, synchronous, foreign_keys
FROM pragma_journal_mode, pragma_synchronous, pragma_foreign_keys
