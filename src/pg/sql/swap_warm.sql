-- Opens each relation once, so that the locks are taken with a warm relation cache.
SELECT pg_catalog.sum(pg_catalog.pg_relation_size(o.oid::pg_catalog.regclass)) AS bytes
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS o (oid);
