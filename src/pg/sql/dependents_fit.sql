-- $1: an ordinary view.  $2, $3: schema and name of its definition over the next generation.
-- $4, $5, $6: live relations of the generation, the schemas of the new ones, their names.
-- Does the second have the columns of the first?  Row types of one member's generations are the same type here.
WITH twin AS (
    SELECT l.reltype AS old, c.reltype AS new, t.typarray AS old_array, s.typarray AS new_array
    FROM unnest($4::oid[], $5::text[], $6::text[]) AS o (live, schema, name)
    JOIN pg_catalog.pg_class l ON l.oid = o.live
    JOIN pg_catalog.pg_type t ON t.oid = l.reltype
    JOIN pg_catalog.pg_namespace n ON n.nspname = o.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = o.name
    JOIN pg_catalog.pg_type s ON s.oid = c.reltype
), new AS (
    SELECT a.*
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE n.nspname = $2 AND c.relname = $3
), old AS (
    SELECT a.* FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0
)
SELECT pg_catalog.bool_and(COALESCE(
           o.attname = n.attname AND o.atttypmod = n.atttypmod AND o.attcollation = n.attcollation
           AND (o.atttypid = n.atttypid
                OR EXISTS (SELECT FROM twin t WHERE (t.old, t.new) = (o.atttypid, n.atttypid)
                                                 OR (t.old_array, t.new_array) = (o.atttypid, n.atttypid))),
           false)) AS fits
FROM old o
FULL JOIN new n USING (attnum)
