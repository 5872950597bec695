-- Comments and security labels on the live relations, their columns, constraints, row types and the arrays of these, and the
-- extensions that they are marked to go with, as statements about the new relations.
--   $1 OIDs of the new relations   $2 of the live ones   (parallel arrays; pairs without a live relation give nothing)
-- Gives n (position in the arrays, from 1), sql; in order of execution.
-- A dependency of type x makes an object go with an extension without being a part of it
-- (https://www.postgresql.org/docs/current/catalog-pg-depend.html).
WITH pair AS (
    SELECT p.n, live.oid AS live, new.oid AS new, live.reltype AS live_type, new.reltype AS new_type,
           CASE new.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END AS kind, s.nspname,
           pg_catalog.format('%I.%I', s.nspname, new.relname) AS target
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
             WITH ORDINALITY AS p (new, live, n)
    JOIN pg_catalog.pg_class AS new ON new.oid = p.new
    JOIN pg_catalog.pg_class AS live ON live.oid = p.live
    JOIN pg_catalog.pg_namespace AS s ON s.oid = new.relnamespace
), object AS (
    SELECT p.n, 1 AS step, p.kind, p.target, 'pg_catalog.pg_class'::pg_catalog.regclass AS class, p.live AS oid,
           0 AS part
    FROM pair AS p
    UNION ALL
    SELECT p.n, 2, 'COLUMN', pg_catalog.format('%s.%I', p.target, now.attname),
           'pg_catalog.pg_class'::pg_catalog.regclass, p.live, was.attnum
    FROM pair AS p
    JOIN pg_catalog.pg_attribute AS was ON was.attrelid = p.live AND was.attnum > 0 AND NOT was.attisdropped
    JOIN pg_catalog.pg_attribute AS now ON now.attrelid = p.new AND now.attname = was.attname AND now.attnum > 0
    UNION ALL
    SELECT p.n, 3, 'TYPE', pg_catalog.format('%I.%I', p.nspname, now.typname),
           'pg_catalog.pg_type'::pg_catalog.regclass, p.live_type, 0
    FROM pair AS p
    JOIN pg_catalog.pg_type AS now ON now.oid = p.new_type
    UNION ALL
    SELECT p.n, 4, 'TYPE', pg_catalog.format('%I.%I', p.nspname, now_array.typname),
           'pg_catalog.pg_type'::pg_catalog.regclass, was.typarray, 0
    FROM pair AS p
    JOIN pg_catalog.pg_type AS was ON was.oid = p.live_type
    JOIN pg_catalog.pg_type AS now ON now.oid = p.new_type
    JOIN pg_catalog.pg_type AS now_array ON now_array.oid = now.typarray
    UNION ALL
    SELECT p.n, 5, 'CONSTRAINT', pg_catalog.format('%I ON %s', now.conname, p.target),
           'pg_catalog.pg_constraint'::pg_catalog.regclass, was.oid, 0
    FROM pair AS p
    JOIN pg_catalog.pg_constraint AS was ON was.conrelid = p.live
    JOIN pg_catalog.pg_constraint AS now ON now.conrelid = p.new AND now.conname = was.conname
), statement AS (
    SELECT o.n, o.step, o.part, pg_catalog.format('COMMENT ON %s %s IS %L', o.kind, o.target, d.description) AS sql
    FROM object AS o
    JOIN pg_catalog.pg_description AS d ON d.classoid = o.class AND d.objoid = o.oid AND d.objsubid = o.part
    UNION ALL
    SELECT o.n, o.step, o.part,
           pg_catalog.format('SECURITY LABEL FOR %I ON %s %s IS %L', l.provider, o.kind, o.target, l.label)
    FROM object AS o
    JOIN pg_catalog.pg_seclabel AS l ON l.classoid = o.class AND l.objoid = o.oid AND l.objsubid = o.part
    UNION ALL
    SELECT o.n, o.step, o.part, pg_catalog.format('ALTER %s %s DEPENDS ON EXTENSION %I', o.kind, o.target, x.extname)
    FROM object AS o
    JOIN pg_catalog.pg_depend AS d ON d.classid = o.class AND d.objid = o.oid AND d.objsubid = 0 AND d.deptype = 'x'
         AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    JOIN pg_catalog.pg_extension AS x ON x.oid = d.refobjid
    WHERE o.step = 1 AND o.kind = 'MATERIALIZED VIEW'
)
SELECT n, sql
FROM statement
ORDER BY n, step, part, sql
