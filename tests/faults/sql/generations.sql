-- The swaps that committed after a given one, with the relations that each of them moved in and out.
SELECT g.run,
       g.swap_xid,
       (SELECT pg_catalog.string_agg(v.value ->> 'oid', ',' ORDER BY (v.value ->> 'schema') COLLATE "C",
                                     (v.value ->> 'name') COLLATE "C")
          FROM pg_catalog.jsonb_array_elements(g.views) AS v) AS new_oids,
       (SELECT pg_catalog.string_agg(v.value ->> 'old_oid', ',' ORDER BY (v.value ->> 'schema') COLLATE "C",
                                     (v.value ->> 'name') COLLATE "C")
          FROM pg_catalog.jsonb_array_elements(g.views) AS v) AS old_oids,
       (SELECT pg_catalog.count(*) FROM matswap.generation) AS total,
       pg_catalog.pg_xact_status(g.swap_xid) AS outcome
  FROM matswap.generation AS g
 WHERE g.swap_xid > $1::pg_catalog.xid8
 ORDER BY g.swap_xid;
