-- The queries of the views $1 (OIDs), all names qualified (search_path is pg_catalog); NULL: the view has gone meanwhile.
-- Takes a share lock on each view, and on what it reads, until the statement ends.
SELECT o.oid, pg_catalog.pg_get_viewdef(o.oid) AS definition
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS o (oid)
