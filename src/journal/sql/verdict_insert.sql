INSERT INTO verdict (run_id, position, schema, name, rule, subject, severity, outcome, before, after, difference, bound,
    detail, accepted)
VALUES (:run_id, :position, :schema, :name, :rule, :subject, :severity, :outcome, :before, :after, :difference, :bound,
    :detail, :accepted)
