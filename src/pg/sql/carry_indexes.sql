-- Indexes of the live relations that the new ones lack, and the attributes of all of them.
--   $1 OIDs of the new relations   $2 of the live ones   $3 live schemas   (three parallel arrays)
-- A definition names the view as it will be called, which the live one need not be.
-- Gives per lacking index a row with n (position in the arrays, from 1), schema, name, tablespace ('': the database's),
-- definition and lost (why the new relation cannot have it, or NULL); and per attribute of an index that the new
-- relation has or can have a row with n, name and attribute (a statement; a move to a tablespace has that too),
-- definition NULL; first all indexes of a relation, then the attributes.
-- The new relation has an index when it has one of that name; or one of the same definition whose name no live index
-- has: then the files have renamed it, and its attributes go to the new name.
-- An index that belongs to a constraint comes with the file's CREATE TABLE, or not at all (carry_losses.sql).
-- A statistics target is carried over to a column with the same expression.
WITH index AS (
    SELECT p.n, p.side, p.relation, i.indexrelid AS oid, c.relname, i.indisclustered, s.nspname, r.relname AS on_name,
           i.indisunique, i.indisreplident, r.relreplident = 'i' AS identifies,
           EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
                   WHERE k.conindid = i.indexrelid AND k.conrelid = p.relation) AS of_constraint,
           i.indisvalid AND i.indisready AS valid, coalesce(t.spcname, '') AS tablespace,
           pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid),
                             pg_catalog.length(pg_catalog.format('CREATE %sINDEX %I ON %I.%I',
                                                                 CASE WHEN i.indisunique THEN 'UNIQUE ' END,
                                                                 c.relname, s.nspname, r.relname)) + 1) AS meaning
    FROM (SELECT n, 'new' AS side, relation
          FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS a (relation, n)
          UNION ALL
          SELECT n, 'live', relation
          FROM pg_catalog.unnest($2::pg_catalog.oid[]) WITH ORDINALITY AS a (relation, n)) AS p
    JOIN pg_catalog.pg_class AS r ON r.oid = p.relation
    JOIN pg_catalog.pg_namespace AS s ON s.oid = r.relnamespace
    JOIN pg_catalog.pg_index AS i ON i.indrelid = p.relation
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    LEFT JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
), live AS (
    SELECT * FROM index WHERE side = 'live'
), new AS (
    SELECT * FROM index WHERE side = 'new'
), renamed AS (
    SELECT DISTINCT ON (l.oid) l.oid, w.oid AS new_oid
    FROM live AS l
    JOIN new AS w ON w.n = l.n AND w.indisunique = l.indisunique AND w.meaning = l.meaning
    WHERE l.valid AND NOT EXISTS (SELECT FROM live AS o WHERE o.n = w.n AND o.relname = w.relname)
    ORDER BY l.oid, w.relname
), found AS (
    SELECT l.*, had.oid AS had_oid, had.tablespace AS had_tablespace,
           pg_catalog.format('%I.%I', new_schema.nspname, coalesce(had.relname, l.relname)) AS target,
           pg_catalog.format('%I.%I', new_schema.nspname, new_class.relname) AS relation_target,
           CASE new_class.relkind WHEN 'r' THEN 'TABLE' ELSE 'MATERIALIZED VIEW' END AS relation_kind,
           coalesce(had.relname, l.relname) AS target_name,
           pg_catalog.format('CREATE %sINDEX %I ON %I.%I', CASE WHEN l.indisunique THEN 'UNIQUE ' END, l.relname,
                             p.schema, new_class.relname) || l.meaning AS definition,
           CASE WHEN had.oid IS NOT NULL THEN NULL
                WHEN new_class.relkind = 'v' THEN 'the view becomes an ordinary one'
                WHEN NOT l.valid THEN 'it is not valid'
                ELSE (SELECT 'the new query has no column '
                             || pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(a.attname), ', ')
                      FROM pg_catalog.pg_depend AS used
                      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = used.refobjid AND a.attnum = used.refobjsubid
                      WHERE used.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND used.objid = l.oid
                        AND used.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND used.refobjid = l.relation
                        AND used.refobjsubid > 0
                        AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS kept
                                        WHERE kept.attrelid = p.new AND kept.attname = a.attname AND kept.attnum > 0
                                          AND NOT kept.attisdropped)) END AS lost
    FROM live AS l
    JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($3::pg_catalog.text[]))
         WITH ORDINALITY AS p (new, schema, n) USING (n)
    JOIN pg_catalog.pg_class AS new_class ON new_class.oid = p.new
    JOIN pg_catalog.pg_namespace AS new_schema ON new_schema.oid = new_class.relnamespace
    LEFT JOIN new AS w ON w.n = l.n AND w.relname = l.relname
    LEFT JOIN renamed AS r ON r.oid = l.oid
    LEFT JOIN new AS had ON had.oid = coalesce(w.oid, r.new_oid)
), matched AS (
    SELECT f.*, f.had_oid IS NOT NULL OR f.lost IS NULL AND NOT f.of_constraint AS has FROM found AS f
), attribute AS (
    SELECT m.n, m.relname, 1 AS step, a.attnum, NULL::pg_catalog.name AS tablespace,
           pg_catalog.format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', m.target, a.attnum,
                             a.attstattarget) AS sql
    FROM matched AS m
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = m.oid AND coalesce(a.attstattarget, -1) <> -1
    WHERE m.has
      AND (m.had_oid IS NULL OR pg_catalog.pg_get_indexdef(m.had_oid, a.attnum, false)
                                = pg_catalog.pg_get_indexdef(m.oid, a.attnum, false))
    UNION ALL
    SELECT m.n, m.relname, 2, 0, NULL, pg_catalog.format('COMMENT ON INDEX %s IS %L', m.target, d.description)
    FROM matched AS m
    JOIN pg_catalog.pg_description AS d ON d.objoid = m.oid AND d.objsubid = 0
         AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
    WHERE m.has
    UNION ALL
    SELECT m.n, m.relname, 3, 0, NULL,
           pg_catalog.format('ALTER %s %s CLUSTER ON %I', m.relation_kind, m.relation_target, m.target_name)
    FROM matched AS m
    WHERE m.indisclustered AND m.has
    UNION ALL
    SELECT m.n, m.relname, 6, 0, NULL,
           pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', m.relation_target, m.target_name)
    FROM matched AS m
    WHERE m.indisreplident AND m.identifies AND m.has
    UNION ALL
    SELECT m.n, m.relname, 4, 0, m.tablespace,
           pg_catalog.format('ALTER INDEX %s SET TABLESPACE %I', m.target, m.tablespace)
    FROM matched AS m
    WHERE m.had_tablespace = '' AND m.tablespace <> ''
    UNION ALL
    SELECT m.n, m.relname, 5, 0, NULL,
           pg_catalog.format('ALTER INDEX %s DEPENDS ON EXTENSION %I', m.target, x.extname)
    FROM matched AS m
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = m.oid
         AND d.objsubid = 0 AND d.deptype = 'x' AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    JOIN pg_catalog.pg_extension AS x ON x.oid = d.refobjid
    WHERE m.has
)
SELECT m.n, 0 AS step, 0 AS attnum, m.nspname AS schema, m.relname AS name, m.tablespace,
       m.definition, NULL AS attribute, m.lost
FROM matched AS m
WHERE m.had_oid IS NULL AND NOT m.of_constraint
UNION ALL
SELECT a.n, a.step, a.attnum, NULL, a.relname, a.tablespace, NULL, a.sql, NULL
FROM attribute AS a
ORDER BY n, step, name, attnum, attribute
