-- From format 4 to 5, within the transaction of whoever opened it to write.
ALTER TABLE run ADD COLUMN settings TEXT;
ALTER TABLE view ADD COLUMN old_bytes INTEGER NOT NULL DEFAULT -1;
ALTER TABLE view ADD COLUMN reads TEXT;
ALTER TABLE view ADD COLUMN changes TEXT;
CREATE TABLE task (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id),
    phase TEXT NOT NULL,
    schema TEXT, -- NULL: of the run
    name TEXT,
    subject TEXT,
    worker INTEGER NOT NULL, -- from 1; 0: the coordinating connection
    started_at TEXT NOT NULL,
    duration_ms REAL NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE INDEX task_by_run ON task (run_id, id);
PRAGMA user_version = 5;
