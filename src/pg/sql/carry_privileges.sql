-- What makes the ACL of each new relation, of its columns and of its row type equal to the wanted one: that of the live
-- view, or for a view that has none what its default privileges in the live schema would have given it (those of the
-- schema it is built in are not meant for it; row types get none, TypeCreate() in src/backend/catalog/pg_type.c).
--   $1 OIDs of the new relations   $2 of the live ones, 0: none   $3 live schemas   (three parallel arrays)
-- Gives n (position in the arrays, from 1), grantor (NULL: the new owner), absorbed (what he grants is recorded as the
-- owner's: select_best_grantor() in src/backend/utils/adt/acl.c), sql; in an order that works: nobody grants
-- before he has the grant option himself. The items of a wanted ACL come out in its own order, because pg_dump prints
-- them in that order. Items change owner as in aclnewowner() (src/backend/utils/adt/acl.c); a new ACL is sorted as
-- aclitemsort() does for default privileges. attnum is 0 for the relation and -1 for its row type.
WITH RECURSIVE pair AS (
    SELECT p.n, live.oid AS live, new.oid AS new, live.relowner AS live_owner, new.relowner AS owner,
           p.schema, live.relacl AS live_acl, new.relacl AS new_acl,
           pg_catalog.format('%I.%I', s.nspname, new.relname) AS target,
           live_type.typacl AS live_type_acl, new_type.typacl AS new_type_acl,
           pg_catalog.format('%I.%I', s.nspname, new_type.typname) AS type_target
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]),
                    pg_catalog.unnest($3::pg_catalog.text[])) WITH ORDINALITY AS p (new, live, schema, n)
    JOIN pg_catalog.pg_class AS new ON new.oid = p.new
    JOIN pg_catalog.pg_namespace AS s ON s.oid = new.relnamespace
    JOIN pg_catalog.pg_type AS new_type ON new_type.oid = new.reltype
    LEFT JOIN pg_catalog.pg_class AS live ON live.oid = p.live
    LEFT JOIN pg_catalog.pg_type AS live_type ON live_type.oid = live.reltype
), wanted_entry AS (
    SELECT p.n, 0 AS attnum, NULL::pg_catalog.name AS attname, a.grantor, a.grantee, a.privilege_type, a.is_grantable,
           a.place
    FROM pair AS p,
         pg_catalog.aclexplode(coalesce(p.live_acl, pg_catalog.acldefault('r', p.live_owner)))
             WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
    WHERE p.live IS NOT NULL
    UNION ALL
    SELECT p.n, new.attnum, new.attname, a.grantor, a.grantee, a.privilege_type, a.is_grantable, a.place
    FROM pair AS p
    JOIN pg_catalog.pg_attribute AS live ON live.attrelid = p.live AND live.attacl IS NOT NULL
    JOIN pg_catalog.pg_attribute AS new ON new.attrelid = p.new AND new.attname = live.attname AND NOT new.attisdropped,
         pg_catalog.aclexplode(live.attacl)
             WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
    UNION ALL
    SELECT p.n, -1, NULL, a.grantor, a.grantee, a.privilege_type, a.is_grantable, a.place
    FROM pair AS p,
         pg_catalog.aclexplode(p.live_type_acl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
    UNION ALL
    SELECT p.n, 0, NULL, a.grantor, a.grantee, a.privilege_type, a.is_grantable,
           pg_catalog.dense_rank() OVER (PARTITION BY p.n ORDER BY a.grantee, a.grantor)
    FROM pair AS p
    LEFT JOIN pg_catalog.pg_default_acl AS everywhere
           ON everywhere.defaclrole = p.owner AND everywhere.defaclnamespace = 0 AND everywhere.defaclobjtype = 'r'
    LEFT JOIN (pg_catalog.pg_default_acl AS here JOIN pg_catalog.pg_namespace AS s ON s.oid = here.defaclnamespace)
           ON here.defaclrole = p.owner AND s.nspname = p.schema AND here.defaclobjtype = 'r',
         LATERAL (SELECT * FROM pg_catalog.aclexplode(coalesce(everywhere.defaclacl,
                                                               pg_catalog.acldefault('r', p.owner)))
                  UNION ALL
                  SELECT * FROM pg_catalog.aclexplode(here.defaclacl)) AS a
    WHERE p.live IS NULL
), wanted AS (
    SELECT e.n, e.attnum, e.attname, e.grantor, e.grantee, e.privilege_type,
           pg_catalog.bool_or(e.is_grantable) AS is_grantable,
           pg_catalog.min(pg_catalog.min(e.place)) OVER (PARTITION BY e.n, e.attnum, e.grantor, e.grantee) AS place
    FROM (SELECT x.n, x.attnum, x.attname, x.privilege_type, x.is_grantable, x.place,
                 CASE WHEN x.grantor = p.live_owner THEN p.owner ELSE x.grantor END AS grantor,
                 CASE WHEN x.grantee = p.live_owner THEN p.owner ELSE x.grantee END AS grantee
          FROM wanted_entry AS x JOIN pair AS p USING (n)) AS e
    GROUP BY e.n, e.attnum, e.attname, e.grantor, e.grantee, e.privilege_type
), had_entry AS (
    SELECT p.n, 0 AS attnum, a.grantor, a.grantee, a.privilege_type, a.is_grantable, a.place
    FROM pair AS p,
         pg_catalog.aclexplode(coalesce(p.new_acl, pg_catalog.acldefault('r', p.owner)))
             WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
    UNION ALL
    SELECT p.n, -1, a.grantor, a.grantee, a.privilege_type, a.is_grantable, a.place
    FROM pair AS p,
         pg_catalog.aclexplode(coalesce(p.new_type_acl, pg_catalog.acldefault('T', p.owner)))
             WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
    WHERE p.live_type_acl IS NOT NULL
), had AS (
    SELECT h.n, h.attnum, h.grantor, h.grantee, h.privilege_type, h.is_grantable,
           pg_catalog.min(h.place) OVER (PARTITION BY h.n, h.attnum, h.grantor, h.grantee) AS place
    FROM had_entry AS h
), wanted_item AS (
    SELECT n, attnum, grantor, grantee, pg_catalog.row_number() OVER (PARTITION BY n, attnum ORDER BY place) AS item
    FROM (SELECT DISTINCT n, attnum, grantor, grantee, place FROM wanted WHERE attnum <= 0) AS i
), had_item AS (
    SELECT n, attnum, grantor, grantee, pg_catalog.row_number() OVER (PARTITION BY n, attnum ORDER BY place) AS item
    FROM (SELECT DISTINCT n, attnum, grantor, grantee, place FROM had) AS i
), differs AS (
    -- the items before the first that differs stay where they are and are edited in place
    SELECT n, attnum, pg_catalog.min(item) AS item
    FROM wanted_item AS w FULL JOIN had_item AS h USING (n, attnum, item)
    WHERE w.grantor IS DISTINCT FROM h.grantor OR w.grantee IS DISTINCT FROM h.grantee
    GROUP BY n, attnum
), kept AS (
    SELECT h.n, h.attnum, h.grantor, h.grantee
    FROM had_item AS h LEFT JOIN differs AS d USING (n, attnum)
    WHERE d.item IS NULL OR h.item < d.item
), chain AS (
    -- how each wanted entry can be reached from the owner: the latest place on the way, and the number of steps
    SELECT w.n, w.attnum, w.grantor, w.grantee, w.privilege_type, w.is_grantable,
           ARRAY[w.attnum, w.place, 0] AS reached
    FROM wanted AS w JOIN pair AS p USING (n)
    WHERE w.grantor = p.owner
    UNION
    SELECT w.n, w.attnum, w.grantor, w.grantee, w.privilege_type, w.is_grantable,
           greatest(c.reached[1:2], ARRAY[w.attnum, w.place]) || (c.reached[3] + 1)
    FROM wanted AS w
    JOIN pair AS p USING (n)
    JOIN chain AS c ON c.n = w.n AND c.grantee = w.grantor AND c.privilege_type = w.privilege_type
                   AND c.is_grantable AND c.attnum IN (0, w.attnum)
    WHERE w.grantor <> p.owner
), change AS (
    SELECT h.n, h.attnum, CASE WHEN k.n IS NULL THEN 3 ELSE 2 END AS step, ARRAY[0, h.place, 0] AS reached,
           h.grantor, h.grantee, NULL::pg_catalog.name AS attname, h.privilege_type, 'REVOKE' AS verb,
           'FROM' AS preposition, '' AS suffix
    FROM had AS h
    LEFT JOIN kept AS k USING (n, attnum, grantor, grantee)
    LEFT JOIN wanted AS w USING (n, attnum, grantor, grantee, privilege_type)
    WHERE k.n IS NULL OR w.n IS NULL
    UNION ALL
    SELECT h.n, h.attnum, 2, ARRAY[0, h.place, 1], h.grantor, h.grantee, NULL, h.privilege_type,
           'REVOKE GRANT OPTION FOR', 'FROM', ''
    FROM had AS h
    JOIN kept AS k USING (n, attnum, grantor, grantee)
    JOIN wanted AS w USING (n, attnum, grantor, grantee, privilege_type)
    WHERE h.is_grantable AND NOT w.is_grantable
    UNION ALL
    -- first of all what is granted in place: an item that loses its last privilege would lose its place
    SELECT w.n, w.attnum, CASE WHEN k.n IS NULL THEN 4 ELSE 1 END, r.reached, w.grantor, w.grantee, w.attname,
           w.privilege_type, 'GRANT', 'TO', CASE WHEN w.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM wanted AS w
    LEFT JOIN kept AS k USING (n, attnum, grantor, grantee)
    LEFT JOIN had AS h ON k.n = h.n AND k.attnum = h.attnum AND k.grantor = h.grantor AND k.grantee = h.grantee
                      AND h.privilege_type = w.privilege_type
    LEFT JOIN (SELECT n, attnum, grantor, grantee, privilege_type, pg_catalog.min(reached) AS reached
               FROM chain GROUP BY n, attnum, grantor, grantee, privilege_type) AS r
           ON r.n = w.n AND r.attnum = w.attnum AND r.grantor = w.grantor AND r.grantee = w.grantee
          AND r.privilege_type = w.privilege_type
    WHERE h.n IS NULL OR w.is_grantable AND NOT h.is_grantable
)
SELECT c.n, CASE WHEN c.grantor <> p.owner THEN grantor.rolname END AS grantor,
       pg_catalog.pg_has_role(c.grantor, p.owner, 'USAGE') AS absorbed,
       pg_catalog.format('%s %s ON %s %s %s%s', c.verb,
                         pg_catalog.string_agg(c.privilege_type || CASE WHEN c.attname IS NULL THEN ''
                                                                        ELSE pg_catalog.format(' (%I)', c.attname) END,
                                               ', ' ORDER BY c.privilege_type),
                         CASE WHEN c.attnum < 0 THEN 'TYPE ' || p.type_target ELSE 'TABLE ' || p.target END,
                         c.preposition,
                         CASE WHEN c.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(grantee.rolname) END,
                         c.suffix) AS sql
FROM change AS c
JOIN pair AS p USING (n)
JOIN pg_catalog.pg_roles AS grantor ON grantor.oid = c.grantor
LEFT JOIN pg_catalog.pg_roles AS grantee ON grantee.oid = c.grantee
WHERE c.grantee = 0 OR grantee.oid IS NOT NULL
GROUP BY c.n, c.attnum < 0, c.step, c.reached, c.grantor, c.grantee, c.attname, c.verb, c.preposition, c.suffix, p.owner,
         p.target, p.type_target, grantor.rolname, grantee.rolname
ORDER BY c.n, c.attnum < 0, c.step, c.reached, c.suffix
