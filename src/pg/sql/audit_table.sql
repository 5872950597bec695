CREATE TABLE IF NOT EXISTS :"schema".:"table"
(
    id            bigserial PRIMARY KEY,
    view_name     pg_catalog.text NOT NULL,
    started_at    pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.now(),
    completed_at  pg_catalog.timestamptz,
    duration_ms   pg_catalog.int4,
    row_count     pg_catalog.int4,
    status        pg_catalog.text NOT NULL DEFAULT 'running', -- running, success, failed
    error_message pg_catalog.text
);
