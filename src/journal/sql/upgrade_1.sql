-- From format 1 to 2, within the transaction of whoever opened it to write.  An unfinished run of that time may have been
-- one with --only: `resume` takes it for one, and stays with its views.
ALTER TABLE run ADD COLUMN partial INTEGER NOT NULL DEFAULT 1;
ALTER TABLE view ADD COLUMN snapshot TEXT;
ALTER TABLE view ADD COLUMN wal_lsn TEXT;
ALTER TABLE view ADD COLUMN snapshot_at TEXT;
PRAGMA user_version = 2;
