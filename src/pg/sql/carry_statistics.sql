-- Extended statistics objects of the live relations.
--   $1 OIDs of the new relations   $2 of the live ones   (parallel arrays)
-- Gives per object: n (position in the arrays, from 1), schema, name, definition (NULL: the new relation has one of
-- that name already), target and comment (statements, or NULL), owner (a statement, NULL: the view's owner owns it),
-- missing (columns that the new relation lacks, or NULL), elsewhere (it is not in the live view's schema).
-- stxstattarget (13) has -1 for the default up to 16, NULL from 17 on.
SELECT p.n, s.nspname AS schema, e.stxname AS name,
       CASE WHEN had.oid IS NULL THEN pg_catalog.pg_get_statisticsobjdef(e.oid) END AS definition,
       CASE WHEN coalesce(e.stxstattarget, -1) <> -1
            THEN pg_catalog.format('ALTER STATISTICS %I.%I SET STATISTICS %s', new_schema.nspname, e.stxname,
                                   e.stxstattarget) END AS target,
       CASE WHEN d.description IS NOT NULL
            THEN pg_catalog.format('COMMENT ON STATISTICS %I.%I IS %L', new_schema.nspname, e.stxname,
                                   d.description) END AS comment,
       CASE WHEN e.stxowner <> live.relowner AND e.stxowner <> new.relowner
            THEN pg_catalog.format('ALTER STATISTICS %I.%I OWNER TO %I', new_schema.nspname, e.stxname,
                                   pg_catalog.pg_get_userbyid(e.stxowner)) END AS owner,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_depend AS used
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = used.refobjid AND a.attnum = used.refobjsubid
        WHERE used.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND used.objid = e.oid
          AND used.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND used.refobjid = live.oid
          AND used.refobjsubid > 0
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS kept
                          WHERE kept.attrelid = new.oid AND kept.attname = a.attname AND kept.attnum > 0
                            AND NOT kept.attisdropped)) AS missing,
       e.stxnamespace <> live.relnamespace AS elsewhere, new.relkind = 'm' AS possible
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
         WITH ORDINALITY AS p (new, live, n)
JOIN pg_catalog.pg_class AS new ON new.oid = p.new
JOIN pg_catalog.pg_namespace AS new_schema ON new_schema.oid = new.relnamespace
JOIN pg_catalog.pg_class AS live ON live.oid = p.live
JOIN pg_catalog.pg_statistic_ext AS e ON e.stxrelid = live.oid
JOIN pg_catalog.pg_namespace AS s ON s.oid = e.stxnamespace
LEFT JOIN pg_catalog.pg_statistic_ext AS had ON had.stxrelid = new.oid AND had.stxname = e.stxname
LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = e.oid AND d.objsubid = 0
      AND d.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
ORDER BY p.n, e.stxname
