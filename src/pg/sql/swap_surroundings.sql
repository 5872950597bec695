-- What the run has carried over, as one value: it must be the same under the swap's locks as it was when it was read
-- (what it rebinds: dependents_fingerprint).  $1: the live relations of the generation.
SELECT pg_catalog.md5(pg_catalog.concat_ws(E'\n',
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.oid, n.nspname, c.relname, c.relkind, c.relowner,
                                                       c.relacl, c.reloptions), E'\n' ORDER BY c.oid)
       FROM pg_catalog.pg_class AS c
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.oid = ANY ($1::pg_catalog.oid[])),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attrelid, a.attname, a.attacl, a.attoptions),
                                  E'\n' ORDER BY a.attrelid, a.attnum)
       FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = ANY ($1::pg_catalog.oid[]) AND a.attnum > 0),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', d.objoid, d.objsubid, d.description),
                                  E'\n' ORDER BY d.objoid, d.objsubid)
       FROM pg_catalog.pg_description AS d
      WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = ANY ($1::pg_catalog.oid[])),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', i.indexrelid, i.indrelid, i.indisclustered),
                                  E'\n' ORDER BY i.indexrelid)
       FROM pg_catalog.pg_index AS i
      WHERE i.indrelid = ANY ($1::pg_catalog.oid[])),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', s.oid, s.stxrelid, s.stxname), E'\n' ORDER BY s.oid)
       FROM pg_catalog.pg_statistic_ext AS s
      WHERE s.stxrelid = ANY ($1::pg_catalog.oid[])))) AS fingerprint;
