-- The set's runs, the newest first, with what their views add up to; from a journal of any format.  Only what was built
-- has been measured; a view that leaves the set (journal_view_leaves) counts as none of the three.
SELECT run.name, run.state, run.outcome, run.started_at, run.finished_at, run.is_rollback, run.lock_ms, run.lock_tries,
    count(view.run_id), total(view.status IN ('built', 'indexed', 'complete')) - total(view.old_oid <> 0
        AND view.new_oid = 0 AND view.status = 'complete'),
    total(view.status = 'isolated'), total(view.status = 'failed'),
    coalesce(sum(view.rows) FILTER (WHERE view.status IN ('built', 'indexed', 'complete') AND view.rows >= 0), -1),
    coalesce(sum(view.bytes) FILTER (WHERE view.status IN ('built', 'indexed', 'complete') AND view.bytes >= 0), -1),
    run.error
FROM run LEFT JOIN view ON view.run_id = run.id
WHERE run.set_name = :set
GROUP BY run.id
ORDER BY run.id DESC
LIMIT :limit
