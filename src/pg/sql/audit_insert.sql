-- :rows ('x', '2026-11-21T08:30:00Z', '2026-11-21T08:30:01Z', '1000', '7', 'success', NULL)
-- Literals without a type: the table may have been made with others than ours.
INSERT INTO :"schema".:"table" (view_name, started_at, completed_at, duration_ms, row_count, status, error_message)
VALUES :rows;
