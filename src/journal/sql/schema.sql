-- Format 5 of the journal.  Times are ISO 8601 in UTC; -1 is "not known", OID 0 is "none".
-- The checks and unique indexes repeat the invariants of journal_state.h that one file can hold by itself.
PRAGMA application_id = 0x4d535750; -- "MSWP"
PRAGMA user_version = 5;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    set_name TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL,
    started_at TEXT NOT NULL,
    built_at TEXT, -- when it reached BUILT, whatever became of it: its durations count
    finished_at TEXT,
    host TEXT,
    pid INTEGER NOT NULL,
    version TEXT,
    config TEXT,
    system_identifier TEXT NOT NULL,
    database TEXT NOT NULL,
    fingerprint TEXT,
    surroundings TEXT,
    keep_old INTEGER NOT NULL,
    is_rollback INTEGER NOT NULL,
    partial INTEGER NOT NULL,
    snapshot TEXT,
    wal_lsn TEXT,
    snapshot_at TEXT,
    swap_xid TEXT,
    lock_ms REAL NOT NULL,
    lock_tries INTEGER NOT NULL,
    lock_wait_total_ms REAL NOT NULL,
    lock_wait_longest_ms REAL NOT NULL,
    seam TEXT,
    settings TEXT,
    error TEXT,
    CONSTRAINT invariant_4 CHECK (state <> 'swapping' OR swap_xid IS NOT NULL),
    CONSTRAINT invariant_7 CHECK ((state IN ('done', 'reverted')) = (finished_at IS NOT NULL))
);
CREATE UNIQUE INDEX invariant_1 ON run (set_name) WHERE state NOT IN ('done', 'reverted');
CREATE INDEX run_by_set ON run (set_name, id);

CREATE TABLE namespace (
    run_id INTEGER NOT NULL REFERENCES run (id),
    position INTEGER NOT NULL,
    live TEXT NOT NULL,
    incoming TEXT NOT NULL,
    outgoing TEXT NOT NULL,
    made_incoming INTEGER NOT NULL,
    made_outgoing INTEGER NOT NULL,
    previous_incoming_comment TEXT,
    previous_incoming_acl TEXT,
    previous_outgoing_comment TEXT,
    previous_outgoing_acl TEXT,
    PRIMARY KEY (run_id, position),
    UNIQUE (run_id, live)
);

CREATE TABLE view (
    run_id INTEGER NOT NULL REFERENCES run (id),
    position INTEGER NOT NULL,
    schema TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    level INTEGER NOT NULL,
    status TEXT NOT NULL,
    old_oid INTEGER NOT NULL CHECK (old_oid BETWEEN 0 AND 4294967295),
    old_kind TEXT NOT NULL,
    new_oid INTEGER NOT NULL CHECK (new_oid BETWEEN 0 AND 4294967295),
    started_at TEXT,
    completed_at TEXT,
    duration_ms REAL NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    totals TEXT,
    measures TEXT,
    watermark TEXT,
    fingerprint TEXT,
    snapshot TEXT, -- these three: its own coordinate; NULL: the run's
    wal_lsn TEXT,
    snapshot_at TEXT,
    error TEXT,
    old_bytes INTEGER NOT NULL,
    reads TEXT,
    changes TEXT,
    PRIMARY KEY (run_id, position),
    UNIQUE (run_id, schema, name)
);
CREATE INDEX view_by_name ON view (schema, name, run_id);

CREATE TABLE verdict (
    run_id INTEGER NOT NULL REFERENCES run (id),
    position INTEGER NOT NULL,
    schema TEXT NOT NULL,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    subject TEXT,
    severity TEXT NOT NULL,
    outcome TEXT NOT NULL,
    before TEXT,
    after TEXT,
    difference TEXT,
    bound TEXT,
    detail TEXT,
    accepted TEXT, -- the reason given; NULL: not accepted
    PRIMARY KEY (run_id, position)
);

-- What was done when, and on which connection.
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

CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    schema TEXT,
    name TEXT,
    message TEXT
);
CREATE INDEX event_by_run ON event (run_id, id);
