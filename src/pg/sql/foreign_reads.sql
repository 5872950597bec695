-- The foreign tables below each of the relations $1, through ordinary views, partitions and children; through a
-- materialized view only where it is one of $1 itself and of $2, the relations of the generation.  With each: as which
-- role it is read, whose user mapping then counts (0: none), and `entry`, the first relation outside the generation on
-- the way to it, with the role that reads that.  A rule's relations are read as the view's owner, those of a view with
-- security_invoker and of a materialized one as whoever reads or fills it
-- (https://www.postgresql.org/docs/current/rules-privileges.html).  `direct`: our role may become `role` ($3: the
-- privilege that says so), and that one may read the foreign table by its name.
WITH RECURSIVE below AS (
    SELECT o.position, o.oid, c.relowner AS role, true AS top,
           CASE WHEN o.oid <> ALL ($2::pg_catalog.oid[]) THEN o.oid END AS entry, c.relowner AS entry_role
      FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS o (oid, position)
      JOIN pg_catalog.pg_class AS c ON c.oid = o.oid
    UNION
    SELECT b.position, n.oid, n.role, false,
           COALESCE(b.entry, CASE WHEN n.oid <> ALL ($2::pg_catalog.oid[]) THEN n.oid END),
           CASE WHEN b.entry IS NULL THEN n.role ELSE b.entry_role END
      FROM below AS b
      JOIN pg_catalog.pg_class AS c ON c.oid = b.oid
     CROSS JOIN LATERAL (
           SELECT d.refobjid AS oid,
                  CASE WHEN c.relkind = 'v'
                        AND NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) AS p
                                         WHERE p.option_name = 'security_invoker'
                                           AND p.option_value::pg_catalog.bool)
                       THEN c.relowner ELSE b.role END AS role
             FROM pg_catalog.pg_rewrite AS w
             JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                                           AND d.objid = w.oid
                                           AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                           AND d.refobjid <> b.oid
            WHERE w.ev_class = b.oid
              AND (c.relkind = 'v' OR c.relkind = 'm' AND b.top AND c.oid = ANY ($2::pg_catalog.oid[]))
            UNION ALL
           SELECT i.inhrelid, b.role
             FROM pg_catalog.pg_inherits AS i
            WHERE i.inhparent = b.oid AND c.relkind IN ('r', 'p', 'f')
           ) AS n
)
SELECT DISTINCT ON (s.srvname, b.role, n.nspname, c.relname, b.position)
       b.position, s.srvname AS server, w.fdwname AS wrapper,
       n.nspname AS schema, c.relname AS name,
       pg_catalog.pg_get_userbyid(b.role) AS role,
       (SELECT m.umid
          FROM pg_catalog.pg_user_mappings AS m
         WHERE m.srvid = s.oid AND m.umuser IN (b.role, 0)
         ORDER BY m.umuser = 0
         LIMIT 1) AS mapping,
       e.relname AS entry, en.nspname AS entry_schema,
       pg_catalog.pg_get_userbyid(b.entry_role) AS entry_role,
       pg_catalog.pg_has_role(b.role, $3) AND pg_catalog.has_schema_privilege(b.role, n.oid, 'USAGE')
           AND pg_catalog.has_any_column_privilege(b.role, c.oid, 'SELECT') AS direct,
       EXISTS (SELECT FROM pg_catalog.pg_options_to_table(t.ftoptions || s.srvoptions) AS p
                WHERE p.option_name = 'program') AS is_program
  FROM below AS b
  JOIN pg_catalog.pg_foreign_table AS t ON t.ftrelid = b.oid
  JOIN pg_catalog.pg_class AS c ON c.oid = b.oid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_foreign_server AS s ON s.oid = t.ftserver
  JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
  JOIN pg_catalog.pg_class AS e ON e.oid = b.entry
  JOIN pg_catalog.pg_namespace AS en ON en.oid = e.relnamespace
 ORDER BY s.srvname, b.role, n.nspname, c.relname, b.position, b.entry
