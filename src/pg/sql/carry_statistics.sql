-- Extended statistics objects of the live relations.
--   $1 OIDs of the new relations   $2 of the live ones   $3 live schemas   (three parallel arrays)
-- A definition names the view as it will be called, which the live one need not be, and the object in its schema.
-- Gives per object: n (position in the arrays, from 1), schema, name, definition (NULL: the new relation has one of
-- that name already), target and comment (statements, or NULL), owner (a statement, NULL: the view's owner owns it),
-- missing (columns that the new relation lacks, or NULL), elsewhere (it is not in the live view's schema).
-- stxstattarget (13) has -1 for the default up to 16, NULL from 17 on.
SELECT p.n, s.nspname AS schema, e.stxname AS name,
       CASE WHEN had.oid IS NULL
            THEN pg_catalog.format('CREATE STATISTICS %I.%I', p.schema, e.stxname)
                 || pg_catalog.substr(def.text, 1 + pg_catalog.length(pg_catalog.format('CREATE STATISTICS %I.%I',
                                                                                        s.nspname, e.stxname)),
                                      pg_catalog.length(def.text)
                                      - pg_catalog.length(pg_catalog.format('CREATE STATISTICS %I.%I', s.nspname, e.stxname))
                                      - pg_catalog.length(pg_catalog.format('%I.%I', live_schema.nspname, live.relname)))
                 || pg_catalog.format('%I.%I', p.schema, new.relname) END AS definition,
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
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]),
                pg_catalog.unnest($3::pg_catalog.text[])) WITH ORDINALITY AS p (new, live, schema, n)
JOIN pg_catalog.pg_class AS new ON new.oid = p.new
JOIN pg_catalog.pg_namespace AS new_schema ON new_schema.oid = new.relnamespace
JOIN pg_catalog.pg_class AS live ON live.oid = p.live
JOIN pg_catalog.pg_namespace AS live_schema ON live_schema.oid = live.relnamespace
JOIN pg_catalog.pg_statistic_ext AS e ON e.stxrelid = live.oid
JOIN pg_catalog.pg_namespace AS s ON s.oid = e.stxnamespace
CROSS JOIN LATERAL pg_catalog.pg_get_statisticsobjdef(e.oid) AS def (text)
LEFT JOIN pg_catalog.pg_statistic_ext AS had ON had.stxrelid = new.oid AND had.stxname = e.stxname
LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = e.oid AND d.objsubid = 0
      AND d.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
ORDER BY p.n, e.stxname
