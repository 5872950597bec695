-- From format 2 to 3, within the transaction of whoever opened it to write.  What the tries of earlier swaps cost is not known.
ALTER TABLE run ADD COLUMN lock_wait_total_ms REAL NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN lock_wait_longest_ms REAL NOT NULL DEFAULT -1;
PRAGMA user_version = 3;
