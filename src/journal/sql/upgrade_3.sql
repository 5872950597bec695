-- From format 3 to 4, within the transaction of whoever opened it to write.
ALTER TABLE run ADD COLUMN seam TEXT;
ALTER TABLE view ADD COLUMN completed_at TEXT;
ALTER TABLE view ADD COLUMN measures TEXT;
ALTER TABLE view ADD COLUMN watermark TEXT;
ALTER TABLE view ADD COLUMN error TEXT;
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
PRAGMA user_version = 4;
