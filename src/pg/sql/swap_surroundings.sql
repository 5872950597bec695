-- What the run has carried over, as one value: it must be the same under the swap's locks as it was when it was read
-- (what it rebinds: dependents_fingerprint).  $1: the live relations of the generation.
-- Read while the locks are held: by columns, since to_jsonb() of whole rows takes ten times as long. attcompression is
-- that of pg_attribute from 14 on, where it hides the outer one. Catalogs whose rows only their owner's commands write
-- (rules, triggers) count by the version of the row; pg_attver is the server's own (carry_attributes.sql).
WITH relation AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relnamespace, c.relkind, c.relowner, c.relacl, c.reloptions, c.reltoastrelid, c.reltype,
           c.relreplident, c.reltablespace, c.relam, c.relrowsecurity, c.relforcerowsecurity
      FROM pg_catalog.pg_class AS c
     WHERE c.oid = ANY ($1::pg_catalog.oid[])
), index AS MATERIALIZED (
    SELECT i.indexrelid AS oid, i.indrelid, i.indisclustered, i.indisvalid
      FROM pg_catalog.pg_index AS i
     WHERE i.indrelid = ANY ($1::pg_catalog.oid[])
), object (class, oid) AS MATERIALIZED (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, r.oid FROM relation AS r
     UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, i.oid FROM index AS i
     UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, e.oid
      FROM relation AS r
      JOIN pg_catalog.pg_type AS t ON t.oid = r.reltype
     CROSS JOIN LATERAL (VALUES (t.oid), (t.typarray)) AS e (oid)
     UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid
      FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = ANY ($1::pg_catalog.oid[])
     UNION ALL
    SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid
      FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = ANY ($1::pg_catalog.oid[])
     UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
      FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = ANY ($1::pg_catalog.oid[])
     UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid
      FROM pg_catalog.pg_statistic_ext AS s WHERE s.stxrelid = ANY ($1::pg_catalog.oid[])
)
SELECT pg_catalog.md5(pg_catalog.concat_ws(E'\n',
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.oid, n.nspname, r.relname, r.relkind, r.relowner,
                                                       r.relacl, r.reloptions, toast.reloptions, r.relreplident, r.reltablespace,
                                                       r.relam, t.typacl, NULLIF(r.relrowsecurity, false),
                                                       NULLIF(r.relforcerowsecurity, false)), E'\n' ORDER BY r.oid)
       FROM relation AS r
       JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
       JOIN pg_catalog.pg_type AS t ON t.oid = r.reltype
       LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = r.reltoastrelid),
    (SELECT columns.list
       FROM (VALUES (''::"char")) AS older (attcompression)
      CROSS JOIN LATERAL (
            SELECT pg_catalog.string_agg(
                       pg_catalog.concat_ws(' ', a.attrelid, a.attname, a.attacl, a.attstattarget, a.attstorage,
                                            attcompression,
                                            CASE WHEN a.attoptions IS NOT NULL
                                                 THEN (SELECT pg_catalog.string_agg(o.option, ' ' ORDER BY o.place)
                                                         FROM pg_catalog.unnest(a.attoptions)
                                                              WITH ORDINALITY AS o (option, place)
                                                        WHERE o.option NOT LIKE 'pg\_attver=%') END),
                       E'\n' ORDER BY a.attrelid, a.attnum) AS list
              FROM pg_catalog.pg_attribute AS a
             WHERE a.attnum > 0
               AND a.attrelid = ANY (ARRAY(SELECT r.oid FROM relation AS r
                                            UNION ALL SELECT i.oid FROM index AS i))) AS columns),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', i.oid, i.indrelid, i.indisclustered, i.indisvalid,
                                                       c.relname, c.reloptions, c.reltablespace), E'\n' ORDER BY i.oid)
       FROM index AS i
       JOIN pg_catalog.pg_class AS c ON c.oid = i.oid),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', s.oid, s.stxrelid, s.stxname, s.stxnamespace, s.stxowner,
                                                       s.stxstattarget), E'\n' ORDER BY s.oid)
       FROM pg_catalog.pg_statistic_ext AS s
      WHERE s.stxrelid = ANY ($1::pg_catalog.oid[])),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', w.oid, w.xmin), E'\n' ORDER BY w.oid)
       FROM pg_catalog.pg_rewrite AS w
      WHERE w.ev_class = ANY ($1::pg_catalog.oid[])),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', g.oid, g.xmin), E'\n' ORDER BY g.oid)
       FROM pg_catalog.pg_trigger AS g
      WHERE g.tgrelid = ANY ($1::pg_catalog.oid[])),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', k.oid, k.conname), E'\n' ORDER BY k.oid)
       FROM pg_catalog.pg_constraint AS k
      WHERE k.conrelid = ANY ($1::pg_catalog.oid[])),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', y.oid, y.polrelid), E'\n' ORDER BY y.oid)
       FROM pg_catalog.pg_policy AS y
      WHERE y.polrelid = ANY ($1::pg_catalog.oid[])),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', d.oid, d.adrelid, d.adnum), E'\n' ORDER BY d.oid)
       FROM pg_catalog.pg_attrdef AS d
      WHERE d.adrelid = ANY ($1::pg_catalog.oid[])),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', d.classoid, d.objoid, d.objsubid, d.description),
                                  E'\n' ORDER BY d.classoid, d.objoid, d.objsubid)
       FROM object AS o
       JOIN pg_catalog.pg_description AS d ON d.classoid = o.class AND d.objoid = o.oid),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', l.classoid, l.objoid, l.objsubid, l.provider, l.label),
                                  E'\n' ORDER BY l.classoid, l.objoid, l.objsubid, l.provider)
       FROM object AS o
       JOIN pg_catalog.pg_seclabel AS l ON l.classoid = o.class AND l.objoid = o.oid),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', d.classid, d.objid, d.refobjid, d.deptype),
                                  E'\n' ORDER BY d.classid, d.objid, d.refobjid)
       FROM object AS o
       JOIN pg_catalog.pg_depend AS d ON d.classid = o.class AND d.objid = o.oid
            AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass))) AS fingerprint;
