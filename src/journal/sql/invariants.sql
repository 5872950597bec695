-- One row per violation: number of the invariant in journal_state.h, run or set, what is wrong.  Of runs that are over, and
-- these are thousands, nothing is read but what invariant 7 asks: the index invariant_1 has the others.
SELECT 1, 'set ' || set_name, 'has ' || count(*) || ' runs that are not at an end'
FROM run
WHERE state NOT IN ('done', 'reverted')
GROUP BY set_name
HAVING count(*) > 1
UNION ALL
SELECT 4, 'run ' || name, 'is swapping without a transaction id'
FROM run
WHERE state = 'swapping' AND state NOT IN ('done', 'reverted') AND swap_xid IS NULL
UNION ALL
SELECT 7, 'run ' || name,
    'is ' || state || CASE WHEN finished_at IS NULL THEN ' without' ELSE ' and has' END || ' a finishing time'
FROM run
WHERE (state IN ('done', 'reverted')) <> (finished_at IS NOT NULL)
UNION ALL
SELECT 8, 'run ' || run.name, 'is ' || run.state || ' and has something built of the kept view ' || view.name
FROM run CROSS JOIN view ON view.run_id = run.id
WHERE run.state IN ('validated', 'swapping', 'swapped') AND run.state NOT IN ('done', 'reverted')
    AND view.status IN ('failed', 'isolated') AND view.new_oid <> 0
