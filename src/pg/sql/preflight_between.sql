-- $1: relations that views of the generation read and that are not part of it.  $2: live relations of the generation.
-- Which of $1, and of what they read through other views, are views that read one of $2, directly or through others?
WITH RECURSIVE reads AS (
    SELECT DISTINCT r.ev_class AS reader, d.refobjid AS relation
    FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                               AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
    WHERE r.rulename = '_RETURN' AND r.oid >= 16384
), below AS (
    SELECT o.oid AS relation FROM unnest($1::oid[]) AS o (oid)
    UNION
    SELECT s.relation FROM below b JOIN reads s ON s.reader = b.relation WHERE b.relation <> ALL ($2::oid[])
), walk AS (
    SELECT b.relation AS root, b.relation FROM below b WHERE b.relation <> ALL ($2::oid[])
    UNION
    SELECT w.root, s.relation FROM walk w JOIN reads s ON s.reader = w.relation WHERE w.relation <> ALL ($2::oid[])
)
SELECT pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, w.root, 0) AS object,
       pg_catalog.min(pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, w.relation, 0)) AS member
FROM walk w
WHERE w.relation = ANY ($2::oid[])
GROUP BY w.root
ORDER BY object
