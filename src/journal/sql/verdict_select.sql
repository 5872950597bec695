SELECT schema, name, rule, subject, severity, outcome, before, after, difference, bound, detail, accepted
FROM verdict
WHERE run_id = :run_id
ORDER BY position
