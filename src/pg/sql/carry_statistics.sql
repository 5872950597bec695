-- Extended statistics objects of the live relations.
--   $1 OIDs of the new relations   $2 of the live ones   $3 live schemas   (three parallel arrays)
--   $4: as in preflight_live
-- A definition names the view as it will be called, which the live one need not be, and the object in its schema.
-- Gives per object: n (position in the arrays, from 1), schema, name, definition (NULL: the new relation has one of
-- that name already), lost (why the new relation cannot have it, or NULL), target and comment (statements, or NULL),
-- owner (the role, NULL: the view's owner owns it) and owner_sql (a statement), may_act (for the owner), may_create
-- (in the object's schema) and clash (another relation with an object of the same name, or NULL).
-- The objects of a generation are built in their relations' schema and moved to the schema of the live one of their
-- name; on their way the live and the new ones of relations in one schema meet in one schema.
-- stxstattarget (13) has -1 for the default up to 16, NULL from 17 on.
WITH pair AS (
    SELECT p.n, p.schema, new.oid AS new, new.relname, live.oid AS live, new.relkind AS new_kind,
           new.relowner AS new_owner, live.relowner AS live_owner, live.relnamespace AS live_schema,
           new_schema.oid AS new_schema, new_schema.nspname,
           pg_catalog.format('%I.%I', live_schema.nspname, live.relname) AS label
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]),
                    pg_catalog.unnest($3::pg_catalog.text[])) WITH ORDINALITY AS p (new, live, schema, n)
    JOIN pg_catalog.pg_class AS new ON new.oid = p.new
    JOIN pg_catalog.pg_namespace AS new_schema ON new_schema.oid = new.relnamespace
    JOIN pg_catalog.pg_class AS live ON live.oid = p.live
    JOIN pg_catalog.pg_namespace AS live_schema ON live_schema.oid = live.relnamespace
), object AS (
    SELECT p.*, e.oid, e.stxname, e.stxowner, e.stxnamespace, e.stxnamespace <> p.live_schema AS elsewhere,
           coalesce(e.stxstattarget, -1) AS stxstattarget
    FROM pair AS p
    JOIN pg_catalog.pg_statistic_ext AS e ON e.stxrelid = p.live
)
SELECT o.n, s.nspname AS schema, o.stxname AS name,
       CASE WHEN had.oid IS NULL
            THEN pg_catalog.format('CREATE STATISTICS %I.%I', o.schema, o.stxname)
                 || pg_catalog.substr(def.text, 1 + pg_catalog.length(def.head),
                                      pg_catalog.length(def.text) - pg_catalog.length(def.head)
                                      - pg_catalog.length(o.label))
                 || pg_catalog.format('%I.%I', o.schema, o.relname) END AS definition,
       CASE WHEN had.oid IS NOT NULL THEN NULL
            WHEN o.new_kind = 'v' THEN 'the view becomes an ordinary one'
            ELSE (SELECT 'the new query has no column '
                         || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
                  FROM pg_catalog.pg_depend AS used
                  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = used.refobjid AND a.attnum = used.refobjsubid
                  WHERE used.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND used.objid = o.oid
                    AND used.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND used.refobjid = o.live
                    AND used.refobjsubid > 0
                    AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS kept
                                    WHERE kept.attrelid = o.new AND kept.attname = a.attname AND kept.attnum > 0
                                      AND NOT kept.attisdropped)) END AS lost,
       CASE WHEN o.stxstattarget <> -1
            THEN pg_catalog.format('ALTER STATISTICS %I.%I SET STATISTICS %s', o.nspname, o.stxname,
                                   o.stxstattarget) END AS target,
       CASE WHEN d.description IS NOT NULL
            THEN pg_catalog.format('COMMENT ON STATISTICS %I.%I IS %L', o.nspname, o.stxname, d.description) END
           AS comment,
       foreign_owner.rolname AS owner,
       CASE WHEN foreign_owner.oid IS NOT NULL
            THEN pg_catalog.format('ALTER STATISTICS %I.%I OWNER TO %I', o.nspname, o.stxname,
                                   foreign_owner.rolname) END AS owner_sql,
       foreign_owner.oid IS NULL OR pg_catalog.pg_has_role(foreign_owner.oid, 'USAGE')
                                    AND pg_catalog.pg_has_role(foreign_owner.oid, $4) AS may_act,
       NOT o.elsewhere OR pg_catalog.has_schema_privilege(s.oid, 'USAGE')
                          AND pg_catalog.has_schema_privilege(s.oid, 'CREATE') AS may_create,
       CASE WHEN o.elsewhere
            THEN coalesce((SELECT pg_catalog.min(other.label)
                           FROM object AS other
                           WHERE other.new_schema = o.new_schema AND other.stxname = o.stxname AND other.oid <> o.oid),
                          (SELECT pg_catalog.min(p.label)
                           FROM pg_catalog.pg_statistic_ext AS other
                           JOIN pair AS p ON p.new = other.stxrelid
                           WHERE other.stxnamespace = o.new_schema AND other.stxname = o.stxname
                             AND other.stxrelid <> o.new)) END AS clash
FROM object AS o
JOIN pg_catalog.pg_namespace AS s ON s.oid = o.stxnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_statisticsobjdef(o.oid),
                           pg_catalog.format('CREATE STATISTICS %I.%I', s.nspname, o.stxname)) AS def (text, head)
LEFT JOIN pg_catalog.pg_roles AS foreign_owner ON foreign_owner.oid = o.stxowner
      AND o.stxowner NOT IN (o.live_owner, o.new_owner)
LEFT JOIN pg_catalog.pg_statistic_ext AS had ON had.stxrelid = o.new AND had.stxname = o.stxname
LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = o.oid AND d.objsubid = 0
      AND d.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
ORDER BY o.n, o.stxname, s.nspname
