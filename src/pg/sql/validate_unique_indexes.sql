-- Of the keys $1 (numbers) on the relations $2, which have the columns $3 (parallel arrays, a row for each column of a
-- key): an index that proves that no two rows have the same, and who may look for them otherwise.
-- A unique index on some of the columns proves it for all. One that is deferrable, partial, on an expression, or that
-- compares in another way than GROUP BY does, proves nothing.
WITH wanted AS (
    SELECT w.n, w.relation, pg_catalog.array_agg(a.attnum) AS columns
      FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.int8[]), pg_catalog.unnest($2::pg_catalog.oid[]),
                      pg_catalog.unnest($3::pg_catalog.text[])) AS w (n, relation, name)
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = w.relation AND a.attname = w.name AND NOT a.attisdropped
     GROUP BY w.n, w.relation
)
SELECT w.n,
       CASE WHEN pg_catalog.has_table_privilege(c.relowner, c.oid, 'SELECT')
            THEN nullif(pg_catalog.pg_get_userbyid(c.relowner), current_user) END AS role,
       (SELECT pg_catalog.min(x.relname::pg_catalog.text)
          FROM pg_catalog.pg_index AS i
          JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
         WHERE i.indrelid = w.relation
           AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indisready AND i.indislive
           AND i.indpred IS NULL
           AND i.indexprs IS NULL
           AND NOT EXISTS (SELECT
                             FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS p (place)
                             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid
                                                              AND a.attnum = i.indkey[p.place]
                             JOIN pg_catalog.pg_opclass AS o ON o.oid = i.indclass[p.place]
                            WHERE a.attnum <> ALL (w.columns)
                               OR a.attcollation <> i.indcollation[p.place]
                               OR NOT o.opcdefault)) AS index
  FROM wanted AS w
  JOIN pg_catalog.pg_class AS c ON c.oid = w.relation
 ORDER BY w.n;
