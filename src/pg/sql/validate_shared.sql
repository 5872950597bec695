-- Columns that a live relation ($1) and its successor ($2) both have, pair by pair (parallel arrays; n counts from 1).
-- equals: the operator that tells whether two values of a key are the same, as GROUP BY does.
-- by_value: by it values are compared too, else by their text: a type may have no equality (json), and that of text may take
-- different values for equal.
-- A type is what a domain is over; two types are compared where one is cast to the other implicitly, as the parser does it.
-- Enums, ranges and arrays have no operator class of their own (src/backend/utils/cache/typcache.c), strategy numbers are
-- those of https://www.postgresql.org/docs/current/xindex.html
WITH comparable AS (
SELECT t.oid, b.oid AS base, t.typcollation, own.operator, own.operator IS NOT NULL OR b.typtype IN ('e', 'r', 'm') OR EXISTS (
           SELECT FROM pg_catalog.pg_type AS e
             JOIN pg_catalog.pg_opclass AS o ON o.opcintype = e.oid AND o.opcdefault
             JOIN pg_catalog.pg_am AS m ON m.oid = o.opcmethod AND m.amname IN ('btree', 'hash')
            WHERE e.oid = b.typelem AND e.typarray = b.oid) AS has_equality
  FROM pg_catalog.pg_type AS t
  JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
  LEFT JOIN LATERAL (
       SELECT pg_catalog.format('OPERATOR(%I.%s)', s.nspname, r.oprname) AS operator
         FROM pg_catalog.pg_opclass AS o
         JOIN pg_catalog.pg_am AS m ON m.oid = o.opcmethod AND m.amname IN ('btree', 'hash')
         JOIN pg_catalog.pg_amop AS f ON f.amopfamily = o.opcfamily AND f.amoplefttype = o.opcintype
          AND f.amoprighttype = o.opcintype AND f.amopstrategy = CASE m.amname WHEN 'btree' THEN 3 ELSE 1 END
         JOIN pg_catalog.pg_operator AS r ON r.oid = f.amopopr
         JOIN pg_catalog.pg_namespace AS s ON s.oid = r.oprnamespace
        WHERE o.opcintype = b.oid AND o.opcdefault
        ORDER BY m.amname
        LIMIT 1) AS own ON true
)
SELECT p.n, a.attname AS name,
       CASE WHEN new.base = live.base AND new.operator IS NOT NULL THEN new.operator ELSE 'OPERATOR(pg_catalog.=)' END AS equals,
       new.has_equality AND live.has_equality AND new.typcollation = 0 AND live.typcollation = 0
       AND (new.base = live.base OR EXISTS (
            SELECT FROM pg_catalog.pg_cast AS c
             WHERE c.castcontext = 'i' AND ((c.castsource, c.casttarget) = (new.base, live.base)
                                            OR (c.castsource, c.casttarget) = (live.base, new.base)))) AS by_value
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
       WITH ORDINALITY AS p (live, new, n)
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.new AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_attribute AS l ON l.attrelid = p.live AND l.attname = a.attname AND l.attnum > 0 AND NOT l.attisdropped
  JOIN comparable AS new ON new.oid = a.atttypid
  JOIN comparable AS live ON live.oid = l.atttypid
 ORDER BY p.n, a.attnum;
