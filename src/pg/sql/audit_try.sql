-- Would the audit table take rows? Parsed and checked, not executed: no number of its sequence is used.
EXPLAIN INSERT INTO :"schema".:"table" (view_name, started_at, completed_at, duration_ms, row_count, status, error_message)
VALUES ('x', '2026-11-21T08:30:00.000Z', '2026-11-21T08:30:01.000Z', '1000', '7', 'success', NULL),
       ('x', '2026-11-21T08:30:00.000Z', '2026-11-21T08:30:01.000Z', NULL, NULL, 'failed', 'x');
