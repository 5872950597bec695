-- Each view that a run of the set has.  From one name to the next through the index: of a million rows as many are read as
-- there are names, where DISTINCT would read all of them.
WITH RECURSIVE known (id) AS (
    SELECT (SELECT rowid FROM view ORDER BY schema, name LIMIT 1)
    UNION ALL
    SELECT coalesce(
        (SELECT later.rowid FROM view AS later WHERE later.schema = current.schema AND later.name > current.name
         ORDER BY later.schema, later.name LIMIT 1),
        (SELECT later.rowid FROM view AS later WHERE later.schema > current.schema
         ORDER BY later.schema, later.name LIMIT 1))
    FROM known JOIN view AS current ON current.rowid = known.id
)
SELECT named.schema, named.name
FROM known JOIN view AS named ON named.rowid = known.id
WHERE EXISTS (
    SELECT 1
    FROM view CROSS JOIN run ON run.id = view.run_id
    WHERE view.schema = named.schema AND view.name = named.name AND run.set_name = :set
)
ORDER BY named.schema, named.name
