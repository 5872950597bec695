-- Names of the new generation that are taken in the live schema by something that does not move out with the old one.
--   $1 OIDs of the new relations   $2 of the live ones, 0: none   $3 live schemas   (three parallel arrays)
--   $4 OIDs of live relations that leave without a successor
-- Gives n (position in the arrays, from 1), what (the new object), taken_by (the object in the way).
-- ALTER … SET SCHEMA moves a relation with its row type, that type's array type and its indexes, and fails when any
-- of their names is taken (AlterTypeNamespaceInternal() in src/backend/commands/typecmds.c); extended statistics
-- objects are moved one by one, each to where the live view has the one of its name.
WITH pair AS (
    SELECT p.n, p.new, p.live, s.oid AS schema, s.nspname
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]),
                    pg_catalog.unnest($3::pg_catalog.text[])) WITH ORDINALITY AS p (new, live, name, n)
    JOIN pg_catalog.pg_namespace AS s ON s.nspname = p.name
), member AS (
    SELECT n, true AS comes, new AS oid FROM pair
    UNION ALL
    SELECT n, false, live FROM pair WHERE live <> 0
    UNION ALL
    SELECT 0, false, oid FROM pg_catalog.unnest($4::pg_catalog.oid[]) AS l (oid)
), relation AS (
    SELECT m.n, m.comes, m.oid FROM member AS m
    UNION ALL
    SELECT m.n, m.comes, i.indexrelid FROM member AS m JOIN pg_catalog.pg_index AS i ON i.indrelid = m.oid
), type AS (
    SELECT m.n, m.comes, t.oid, t.typarray
    FROM member AS m JOIN pg_catalog.pg_type AS t ON t.typrelid = m.oid
), object AS (
    SELECT r.n, r.comes, 'pg_catalog.pg_class'::pg_catalog.regclass AS class, r.oid, c.relname AS name
    FROM relation AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
    UNION ALL
    SELECT o.n, o.comes, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typname
    FROM (SELECT n, comes, oid FROM type UNION ALL SELECT n, comes, typarray FROM type) AS o
    JOIN pg_catalog.pg_type AS t ON t.oid = o.oid
    UNION ALL
    SELECT m.n, m.comes, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, e.oid, e.stxname
    FROM member AS m JOIN pg_catalog.pg_statistic_ext AS e ON e.stxrelid = m.oid
), coming AS (
    SELECT o.*, coalesce(home.oid, p.schema) AS schema, coalesce(home.nspname, p.nspname) AS nspname
    FROM object AS o
    JOIN pair AS p USING (n)
    LEFT JOIN pg_catalog.pg_statistic_ext AS e ON e.stxrelid = p.live AND e.stxname = o.name
          AND o.class = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
    LEFT JOIN pg_catalog.pg_namespace AS home ON home.oid = e.stxnamespace
    WHERE o.comes
), taken AS (
    SELECT c.*, t.oid AS taken_oid
    FROM coming AS c
    JOIN pg_catalog.pg_class AS t ON t.relnamespace = c.schema AND t.relname = c.name
    WHERE c.class = 'pg_catalog.pg_class'::pg_catalog.regclass
    UNION ALL
    SELECT c.*, t.oid
    FROM coming AS c
    JOIN pg_catalog.pg_type AS t ON t.typnamespace = c.schema AND t.typname = c.name
    WHERE c.class = 'pg_catalog.pg_type'::pg_catalog.regclass
    UNION ALL
    SELECT c.*, t.oid
    FROM coming AS c
    JOIN pg_catalog.pg_statistic_ext AS t ON t.stxnamespace = c.schema AND t.stxname = c.name
    WHERE c.class = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
), clash AS (
    SELECT t.*
    FROM taken AS t
    LEFT JOIN object AS goes ON NOT goes.comes AND goes.class = t.class AND goes.oid = t.taken_oid
    WHERE goes.n IS NULL
)
SELECT c.n, pg_catalog.format('%s %I.%I', i.type, c.nspname, c.name) AS what,
       pg_catalog.pg_describe_object(c.class, c.taken_oid, 0) AS taken_by
FROM clash AS c, pg_catalog.pg_identify_object(c.class, c.oid, 0) AS i
WHERE c.class <> 'pg_catalog.pg_type'::pg_catalog.regclass
   OR NOT EXISTS (SELECT FROM clash AS r WHERE r.class = 'pg_catalog.pg_class'::pg_catalog.regclass
                                           AND r.n = c.n AND r.name = c.name)
ORDER BY c.n, what
