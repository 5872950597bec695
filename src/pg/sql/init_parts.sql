-- What is on the relations $1 (OIDs), as statements that a file of the set may hold: indexes, statistics objects, comments,
-- owner, privileges.
-- Gives per statement: oid (of the relation), kind, sql, and because: why it is not to be executed, NULL: it may be.
-- Names of views are those of the catalog; a table's statements are those of the view that is to take its place.
WITH relation AS (
    SELECT c.oid, c.relowner, c.relacl, c.relnamespace, n.nspname,
           pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
           CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS kind
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid = ANY ($1::pg_catalog.oid[])
), index AS (
    SELECT r.oid, i.indexrelid, c.relname,
           CASE WHEN NOT (i.indisvalid AND i.indisready) THEN 'the index is not valid' END AS because
      FROM relation AS r
      JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
), statistics AS (
    SELECT r.oid, e.oid AS object, pg_catalog.format('%I.%I', s.nspname, e.stxname) AS name, e.stxname,
           CASE WHEN e.stxnamespace <> r.relnamespace THEN 'it is in another schema than the view, and carried over as it is'
                WHEN e.stxowner <> r.relowner
                THEN pg_catalog.format('it is owned by %I, and carried over as it is', pg_catalog.pg_get_userbyid(e.stxowner))
           END AS because
      FROM relation AS r
      JOIN pg_catalog.pg_statistic_ext AS e ON e.stxrelid = r.oid
      JOIN pg_catalog.pg_namespace AS s ON s.oid = e.stxnamespace
), privilege AS (
    SELECT r.oid, 0 AS attnum, a.grantor, a.grantee, a.is_grantable, a.privilege_type AS privilege, a.place
      FROM relation AS r,
           pg_catalog.aclexplode(r.relacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
     WHERE a.grantee <> r.relowner
     UNION ALL
    SELECT r.oid, t.attnum, a.grantor, a.grantee, a.is_grantable,
           a.privilege_type || pg_catalog.format(' (%I)', t.attname), a.place
      FROM relation AS r
      JOIN pg_catalog.pg_attribute AS t ON t.attrelid = r.oid AND NOT t.attisdropped,
           pg_catalog.aclexplode(t.attacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
     WHERE a.grantee <> r.relowner
), statement AS (
    SELECT oid, 1 AS step, 'index' AS kind, relname::pg_catalog.text AS place, pg_catalog.pg_get_indexdef(indexrelid) AS sql,
           because
      FROM index
     UNION ALL
    SELECT oid, 2, 'statistics', stxname, pg_catalog.pg_get_statisticsobjdef(object), because
      FROM statistics
     UNION ALL
    SELECT r.oid, 3, 'comment', pg_catalog.to_char(d.objsubid, '00000'),
           CASE WHEN d.objsubid = 0 THEN pg_catalog.format('COMMENT ON %s %s IS %L', r.kind, r.name, d.description)
                ELSE pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', r.name, a.attname, d.description) END, NULL
      FROM relation AS r
      JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = r.oid
      LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = d.objsubid
     WHERE d.objsubid = 0 OR NOT a.attisdropped
     UNION ALL
    SELECT i.oid, 4, 'comment', i.relname,
           pg_catalog.format('COMMENT ON INDEX %I.%I IS %L', r.nspname, i.relname, d.description), i.because
      FROM index AS i
      JOIN relation AS r USING (oid)
      JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                         AND d.objoid = i.indexrelid AND d.objsubid = 0
     UNION ALL
    SELECT s.oid, 5, 'comment', s.stxname, pg_catalog.format('COMMENT ON STATISTICS %s IS %L', s.name, d.description), s.because
      FROM statistics AS s
      JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
                                         AND d.objoid = s.object
     UNION ALL
    SELECT r.oid, 6, 'owner', '', pg_catalog.format('ALTER %s %s OWNER TO %I', r.kind, r.name, o.rolname), NULL
      FROM relation AS r
      JOIN pg_catalog.pg_roles AS o ON o.oid = r.relowner
     UNION ALL
    SELECT r.oid, 7, 'grant', pg_catalog.to_char(pg_catalog.min(p.place), '00000'),
           pg_catalog.format('GRANT %s ON TABLE %s TO %s%s',
                             pg_catalog.string_agg(p.privilege, ', ' ORDER BY p.attnum, p.privilege), r.name,
                             CASE WHEN p.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(g.rolname) END,
                             CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END),
           CASE WHEN p.grantor <> r.relowner
                THEN pg_catalog.format('granted by %I, and carried over as such', pg_catalog.pg_get_userbyid(p.grantor)) END
      FROM relation AS r
      JOIN privilege AS p USING (oid)
      LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = p.grantee
     WHERE p.grantee = 0 OR g.oid IS NOT NULL
     GROUP BY r.oid, r.name, r.relowner, p.grantor, p.grantee, g.rolname, p.is_grantable
)
SELECT s.oid, s.kind, s.sql, s.because
  FROM statement AS s
 ORDER BY s.oid, s.step, s.place COLLATE "C", s.sql COLLATE "C"
