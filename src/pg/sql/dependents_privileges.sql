-- $1, $2: catalogs and OIDs of views and functions that are made anew, by the current role, and then given their owner.
-- What makes the ACL of each, and of its columns, what it is now: its position in the arrays, grantor (NULL: the
-- owner), and whether that role can reach the schema.  A new object has what the current role's default privileges say
-- (https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html): those go first.  Entries come in the order
-- that the ACL has them, in which pg_dump prints them and nobody grants what he has not.
WITH object AS (
    SELECT o.n, o.class, o.oid, COALESCE(c.relowner, p.proowner) AS owner, COALESCE(c.relacl, p.proacl) AS acl,
           COALESCE(c.relnamespace, p.pronamespace) AS namespace,
           CASE WHEN p.oid IS NULL THEN 'r'::"char" ELSE 'f'::"char" END AS type,
           CASE WHEN p.oid IS NULL THEN pg_catalog.format('TABLE %I.%I', s.nspname, c.relname)
                ELSE pg_catalog.format('ROUTINE %I.%I(%s)', s.nspname, p.proname,
                                       pg_catalog.pg_get_function_identity_arguments(p.oid)) END AS target
    FROM ROWS FROM (unnest($1::oid[]), unnest($2::oid[])) WITH ORDINALITY AS o (class, oid, n)
    LEFT JOIN pg_catalog.pg_class c ON o.class = 'pg_catalog.pg_class'::regclass AND c.oid = o.oid
    LEFT JOIN pg_catalog.pg_proc p ON o.class = 'pg_catalog.pg_proc'::regclass AND p.oid = o.oid
    JOIN pg_catalog.pg_namespace s ON s.oid = COALESCE(c.relnamespace, p.pronamespace)
), given AS (
    SELECT o.n, a.grantee
    FROM object o
    JOIN pg_catalog.pg_default_acl d ON d.defaclrole = CURRENT_USER::regrole AND d.defaclobjtype = o.type
                                    AND d.defaclnamespace IN (0, o.namespace)
    LEFT JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS a ON true -- nothing, not even for the owner, is one, too
), wanted AS (
    SELECT o.*, COALESCE(o.acl, CASE WHEN o.n IN (SELECT g.n FROM given g)
                                     THEN pg_catalog.acldefault(o.type, o.owner) END) AS exact
    FROM object o
), entry AS (
    SELECT w.n, w.oid, w.target, w.owner, w.namespace, 0 AS attnum, NULL::name AS attname, a.*
    FROM wanted w,
         pg_catalog.aclexplode(w.exact) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
    UNION ALL
    SELECT w.n, w.oid, w.target, w.owner, w.namespace, t.attnum, t.attname, a.*
    FROM wanted w
    JOIN pg_catalog.pg_attribute t ON w.class = 'pg_catalog.pg_class'::regclass AND t.attrelid = w.oid,
         pg_catalog.aclexplode(t.attacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
), placed AS (
    SELECT e.*, pg_catalog.min(e.place) OVER (PARTITION BY e.n, e.attnum, e.grantor, e.grantee) AS item
    FROM entry e
), statement AS (
    SELECT w.n, -1 AS attnum, 0 AS item, NULL::name AS grantor, true AS reaches, NULL::name AS schema,
           pg_catalog.format('REVOKE ALL ON %s FROM PUBLIC, %s', w.target,
               (SELECT pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(r.rolname), ', ')
                FROM pg_catalog.pg_roles r
                WHERE r.oid = w.owner OR r.oid IN (SELECT g.grantee FROM given g WHERE g.n = w.n))) AS sql
    FROM wanted w
    WHERE w.exact IS NOT NULL
    UNION ALL
    SELECT p.n, p.attnum, p.item, CASE WHEN p.grantor <> p.owner THEN grantor.rolname END,
           pg_catalog.has_schema_privilege(grantor.oid, p.namespace, 'USAGE'), s.nspname,
           pg_catalog.format('GRANT %s ON %s TO %s%s',
               pg_catalog.string_agg(p.privilege_type || COALESCE(' (' || pg_catalog.quote_ident(p.attname) || ')', ''), ', '
                                     ORDER BY p.place),
               p.target, CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(grantee.rolname) END,
               CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM placed p
    JOIN pg_catalog.pg_roles grantor ON grantor.oid = p.grantor
    JOIN pg_catalog.pg_namespace s ON s.oid = p.namespace
    LEFT JOIN pg_catalog.pg_roles grantee ON grantee.oid = p.grantee
    WHERE p.grantee = 0 OR grantee.oid IS NOT NULL
    GROUP BY p.n, p.attnum, p.item, p.grantor, p.owner, grantor.oid, grantor.rolname, p.namespace, s.nspname, p.target,
             p.grantee, grantee.rolname, p.is_grantable
)
SELECT n, grantor, reaches, schema, sql FROM statement ORDER BY n, attnum, item, sql
