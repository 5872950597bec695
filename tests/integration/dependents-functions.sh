#!/bin/bash
# dependents-functions.sh: functions, policies, rules, defaults and triggers outside the set that are bound to it, and
# views that have to be made anew, to depth three and more, with names that need quotes and owners of all sorts: after
# each run each shows the new generation, and pg_dump finds no difference.
source "$(dirname "$0")/lib.sh"

reader=it_dependents_functions_reader grantor=it_dependents_functions_grantor
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_dependents_functions WITH (FORCE)' \
        -c "DROP ROLE IF EXISTS ${owner_id}, $reader, $grantor"
}
owner_id='"it_dependents_functions ""Owner"""'
drop_roles
fresh_database
version=$(sql "SHOW server_version_num")
sql "CREATE ROLE $owner_id" "CREATE ROLE $reader" "CREATE ROLE $grantor" "CREATE SCHEMA \"App's\"" "CREATE SCHEMA api" \
    "GRANT USAGE, CREATE ON SCHEMA \"App's\", api, public TO $owner_id" \
    "GRANT USAGE ON SCHEMA \"App's\", api TO $reader, $grantor" \
    "CREATE TABLE source (id int, k int, amount numeric(10, 2), generation int)" \
    "INSERT INTO source SELECT g, g % 5, g * 1.5, 1 FROM generate_series(1, 200) AS g"
query_file base.sql <<< "SELECT id, k, amount, generation FROM source"
query_file "Sums of.sql" <<< "SELECT k, sum(amount) AS amount, max(generation) AS generation FROM base GROUP BY k"
config
matswap run
exits "the first run" 0
sql "GRANT SELECT ON base, \"Sums of\" TO $owner_id, $reader"

# Default privileges, which nothing that is made anew may get.
sql "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO $grantor" "ALTER DEFAULT PRIVILEGES IN SCHEMA api GRANT EXECUTE ON FUNCTIONS TO $grantor"

# Row types in signatures, and what is built on those.
sql "CREATE FUNCTION api.rows(wanted int DEFAULT 3) RETURNS SETOF base LANGUAGE sql STABLE COST 7 ROWS 33 PARALLEL SAFE
       SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT * FROM base WHERE k = wanted'" \
    "CREATE FUNCTION api.label(r base) RETURNS text LANGUAGE sql IMMUTABLE AS \$\$ SELECT r.id || ' in ' || r.generation \$\$" \
    "CREATE FUNCTION api.label(r base[], VARIADIC more int[]) RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN RETURN array_length(r, 1) || ' of ' || r[1].generation; END \$\$" \
    "CREATE FUNCTION \"App's\".\"Table of\"(OUT r \"Sums of\", OUT n int) RETURNS SETOF record LANGUAGE sql AS
       'SELECT s, 1 FROM public.\"Sums of\" AS s'" \
    "CREATE FUNCTION api.table_of() RETURNS TABLE (r base, n int) LANGUAGE plpgsql AS
       'BEGIN RETURN QUERY SELECT b, b.generation FROM public.base AS b; END'" \
    "CREATE PROCEDURE api.check(r base) LANGUAGE plpgsql AS \$\$ BEGIN ASSERT r.generation > 0; END \$\$" \
    "CREATE FUNCTION api.defaulting(x int = (NULL::base).id, y int = 4) RETURNS int LANGUAGE sql AS 'SELECT coalesce(x, y)'" \
    "CREATE VIEW \"App's\".whole WITH (security_barrier) AS SELECT b AS r, b.id FROM base AS b WHERE id <= 10" \
    "CREATE VIEW \"App's\".\"on Functions\" (label, id) AS SELECT api.label(w.r), w.id FROM \"App's\".whole AS w, LATERAL api.rows(w.id % 5) LIMIT 5" \
    "CREATE VIEW api.arrays AS SELECT k, array_agg(b) AS rows FROM base AS b GROUP BY k" \
    "CREATE VIEW api.third AS SELECT a.k, api.label(a.rows, VARIADIC '{}') AS label, w.r, f.label AS first FROM api.arrays AS a JOIN \"App's\".whole AS w ON w.id = a.k
       JOIN \"App's\".\"on Functions\" AS f ON true" \
    "CREATE FUNCTION api.of_views(v \"App's\".whole) RETURNS SETOF api.third LANGUAGE sql AS 'SELECT * FROM api.third'" \
    "CREATE VIEW api.fourth AS SELECT count(*) AS n, max(((o).r).generation) AS generation FROM \"App's\".whole AS w, LATERAL api.of_views(w) AS o" \
    "CREATE VIEW api.plain AS SELECT n, generation FROM api.fourth" ||
    { not_ok "the dependents can be made"; exit 1; }
# What hangs on a view that is made anew.
sql "ALTER VIEW \"App's\".whole ALTER COLUMN id SET DEFAULT api.defaulting()" "COMMENT ON VIEW \"App's\".whole IS 'it''s whole'" \
    "COMMENT ON COLUMN \"App's\".whole.r IS 'the \"row\"'" \
    "CREATE TABLE log (what text, at timestamptz DEFAULT now())" \
    "CREATE RULE \"No delete\" AS ON DELETE TO \"App's\".whole DO INSTEAD INSERT INTO log VALUES (api.label(old.r))" \
    "COMMENT ON RULE \"No delete\" ON \"App's\".whole IS 'a rule'" \
    "CREATE FUNCTION api.instead() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO log VALUES (NEW.id); RETURN NEW; END \$\$" \
    "CREATE TRIGGER \"In stead\" INSTEAD OF INSERT ON \"App's\".whole FOR EACH ROW EXECUTE FUNCTION api.instead('an', 'argument')" \
    "COMMENT ON TRIGGER \"In stead\" ON \"App's\".whole IS 'a trigger'" ||
    { not_ok "the parts of views can be made"; exit 1; }
# Owners, privileges with grant options of others, comments.
sql "ALTER VIEW \"App's\".whole OWNER TO $owner_id" "ALTER FUNCTION api.rows OWNER TO $owner_id" "ALTER VIEW api.third OWNER TO $owner_id" "GRANT SELECT ON api.arrays, \"App's\".\"on Functions\" TO $owner_id" \
    "REVOKE ALL ON \"App's\".whole, api.third, api.arrays FROM $grantor" "GRANT SELECT ON \"App's\".whole TO $grantor WITH GRANT OPTION" \
    "SET ROLE $grantor" "GRANT SELECT ON \"App's\".whole TO $reader" "GRANT SELECT (id) ON \"App's\".whole TO PUBLIC" "RESET ROLE" \
    "GRANT INSERT (id), UPDATE (id, r) ON \"App's\".whole TO $reader WITH GRANT OPTION" "REVOKE TRIGGER, TRUNCATE ON \"App's\".whole FROM $owner_id" \
    "REVOKE ALL ON FUNCTION api.label(base) FROM PUBLIC, $grantor" "GRANT EXECUTE ON FUNCTION api.label(base) TO $reader, $owner_id" \
    "REVOKE ALL ON FUNCTION api.rows FROM PUBLIC" "REVOKE ALL ON FUNCTION api.rows FROM $owner_id" "REVOKE ALL ON FUNCTION api.rows FROM $grantor" \
    "COMMENT ON FUNCTION api.rows IS 'rows of \"base\"'" "COMMENT ON PROCEDURE api.check IS 'checks'" \
    "ALTER FUNCTION api.label(base) DEPENDS ON EXTENSION plpgsql" ||
    { not_ok "the privileges can be given"; exit 1; }
# Policies, rules, defaults and triggers of tables.
sql "CREATE TABLE \"App's\".guarded (id int DEFAULT api.label(NULL::base)::int, k int, CONSTRAINT plain CHECK (k < 1000))" \
    "INSERT INTO \"App's\".guarded SELECT g, g FROM generate_series(0, 9) AS g" \
    "ALTER TABLE \"App's\".guarded ENABLE ROW LEVEL SECURITY" \
    "CREATE POLICY \"In base\" ON \"App's\".guarded FOR ALL TO $reader USING (k IN (SELECT s.k FROM \"Sums of\" AS s WHERE s.generation > 0))
       WITH CHECK (EXISTS (SELECT FROM base AS b WHERE b.id = guarded.id AND api.label(b) <> ''))" \
    "COMMENT ON POLICY \"In base\" ON \"App's\".guarded IS 'a policy'" \
    "CREATE POLICY inserting ON \"App's\".guarded AS RESTRICTIVE FOR INSERT WITH CHECK (k < (SELECT max(id) FROM base))" \
    "CREATE RULE \"Logs it\" AS ON UPDATE TO \"App's\".guarded WHERE (EXISTS (SELECT FROM base WHERE base.id = old.id)) DO ALSO
       INSERT INTO log SELECT 'update ' || max(generation) FROM base" \
    "ALTER TABLE \"App's\".guarded ENABLE ALWAYS RULE \"Logs it\"" "COMMENT ON RULE \"Logs it\" ON \"App's\".guarded IS 'logs'" \
    "CREATE FUNCTION api.trigger() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO log VALUES ('trigger'); RETURN NEW; END \$\$" \
    "CREATE TRIGGER \"When in\" AFTER DELETE ON \"App's\".guarded FOR EACH ROW WHEN (api.label(ROW(old.id, 1, 1, 7)::base) <> '') EXECUTE FUNCTION api.trigger()" \
    "ALTER TABLE \"App's\".guarded ENABLE REPLICA TRIGGER \"When in\"" "COMMENT ON TRIGGER \"When in\" ON \"App's\".guarded IS 'when'" \
    "CREATE CONSTRAINT TRIGGER \"At the end\" AFTER INSERT ON \"App's\".guarded DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
       WHEN (api.label(ROW(new.id, 1, 1, 7)::base) <> '') EXECUTE FUNCTION api.trigger()" \
    "COMMENT ON CONSTRAINT \"At the end\" ON \"App's\".guarded IS 'at the end'" \
    "GRANT ALL ON \"App's\".guarded TO $reader" "GRANT INSERT ON log TO PUBLIC" ||
    { not_ok "the parts of tables can be made"; exit 1; }
atomic=
if [ "$version" -ge 140000 ]; then
    atomic=", api.atomic(), api.atomic_all()"
    sql "CREATE FUNCTION api.atomic(above int = 0) RETURNS int LANGUAGE sql STABLE COST 5 SET work_mem = '8MB' BEGIN ATOMIC SELECT max(generation) FROM base WHERE id > above; END" \
        "COMMENT ON FUNCTION api.atomic IS 'atomic'" "ALTER FUNCTION api.atomic OWNER TO $owner_id" "REVOKE ALL ON FUNCTION api.atomic FROM PUBLIC" \
        "GRANT EXECUTE ON FUNCTION api.atomic TO $reader" "ALTER FUNCTION api.atomic DEPENDS ON EXTENSION plpgsql" \
        "CREATE FUNCTION api.atomic_rows() RETURNS SETOF base BEGIN ATOMIC SELECT * FROM api.rows(1); SELECT b.* FROM base AS b; END" \
        "CREATE FUNCTION api.atomic_all() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM api.atomic_rows() AS r WHERE api.label(r.*) <> ''; END" \
        "CREATE PROCEDURE api.deleting() BEGIN ATOMIC DELETE FROM log WHERE what IN (SELECT b.k::text FROM base AS b WHERE b.k < api.atomic()); INSERT INTO log SELECT api.label(b) FROM base AS b LIMIT 1; END" ||
        { not_ok "functions with bound bodies can be made"; exit 1; }
    matswap check
    exits "check with bound bodies" 0
    says "warns of a body that a call reads before it waits" "^matswap: warning: function api\.atomic\(integer\) is bound to the set \(BEGIN ATOMIC\)"
fi

# everything executed, in one row
query="SELECT (SELECT max(generation) FROM api.rows()), (SELECT api.label(b) FROM base AS b WHERE id = 1), (SELECT api.label(array_agg(b), 1) FROM base AS b),
  (SELECT max((t.r).generation) FROM \"App's\".\"Table of\"() AS t), (SELECT max(n) FROM api.table_of()), api.defaulting(), (SELECT max((r).generation) FROM \"App's\".whole),
  (SELECT min(label) FROM \"App's\".\"on Functions\"), (SELECT min(label) FROM api.third), (SELECT n FROM api.fourth), (SELECT generation FROM api.plain),
  (SELECT (rows[1]).generation FROM api.arrays LIMIT 1)$atomic"
expected()
{
    echo "$1|1 in $1|200 of $1|$1|$1|4|$1|1 in $1|40 of $1|200|$1|$1${atomic:+|$1|200}"
}
same "they work" "$(expected 1)" "$(sql "$query")"
session_begin holder
session holder "PREPARE p AS $query; EXECUTE p;" > /dev/null
work_of_parts()
{
    sql "TRUNCATE log" "INSERT INTO \"App's\".whole (id) VALUES (DEFAULT)" "DELETE FROM \"App's\".whole WHERE id = 1" "UPDATE \"App's\".guarded SET k = k WHERE id = 2" \
        "INSERT INTO \"App's\".guarded VALUES (11, 3)" "DELETE FROM \"App's\".guarded WHERE id = 11" \
        "DO \$\$ DECLARE r base; BEGIN SELECT * INTO r FROM base LIMIT 1; CALL api.check(r); END \$\$" "SELECT string_agg(what, ',' ORDER BY what) FROM log" \
        "SET ROLE $reader" "SELECT count(*) FROM \"App's\".guarded" "INSERT INTO \"App's\".guarded VALUES (12, 3)" "RESET ROLE" "DELETE FROM \"App's\".guarded WHERE id = 12"
}

# What pg_dump would say, for servers that are newer than it.
surroundings()
{
    [ "$version" -ge "$(($(pg_dump --version | grep -oE '[0-9]+' | head -n 1) * 10000 + 10000))" ] || schema_dump
    sql "SELECT 'function', pg_get_functiondef(oid), proowner::regrole, proacl, obj_description(oid, 'pg_proc') FROM pg_proc
          WHERE pronamespace IN ('api'::regnamespace, '\"App''s\"'::regnamespace) ORDER BY oid::regprocedure::text" \
        "SELECT c.oid::regclass, c.relowner::regrole, c.relacl, c.reloptions, obj_description(c.oid, 'pg_class'), pg_get_viewdef(c.oid) FROM pg_class AS c
          WHERE c.relkind = 'v' AND c.relnamespace IN ('api'::regnamespace, '\"App''s\"'::regnamespace) ORDER BY c.oid::regclass::text" \
        "SELECT attrelid::regclass, attname, atttypid::regtype, attacl, col_description(attrelid, attnum), (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum)
           FROM pg_attribute WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relkind IN ('v', 'r') AND relnamespace IN ('api'::regnamespace, '\"App''s\"'::regnamespace))
          ORDER BY attrelid::regclass::text, attnum" \
        "SELECT pg_get_ruledef(oid), ev_enabled, obj_description(oid, 'pg_rewrite') FROM pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384 ORDER BY 1" \
        "SELECT pg_get_triggerdef(oid), tgenabled, obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1" \
        "SELECT polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), obj_description(oid, 'pg_policy') FROM pg_policy ORDER BY 1" \
        "SELECT pg_describe_object(classid, objid, 0), refobjid FROM pg_depend WHERE deptype = 'x' ORDER BY 1"
}

before=$(surroundings)
for generation in 2 3 4; do
    sql "UPDATE source SET generation = $generation"
    matswap run
    exits "generation $generation" 0
    same "generation $generation: everything shows it" "$(expected $generation)" "$(sql "$query")"
    same "generation $generation: in a session that was open" "$(expected $generation)" "$(session holder "EXECUTE p;")"
    same "generation $generation: rules, triggers, policies and defaults work" "1 in $generation,4,trigger,update $generation
5" "$(work_of_parts)"
    [ "$version" -lt 140000 ] || sql "CALL api.deleting()"
    same "generation $generation: pg_dump finds no difference" "$before" "$(surroundings)"
    same "generation $generation: nothing is left over" "" "$(leftovers)$(sql "SELECT proname FROM pg_proc WHERE proname ~ '^matswap_'
        UNION ALL SELECT relname FROM pg_class WHERE relname ~ 'matswap_' UNION ALL SELECT typname FROM pg_type WHERE typname ~ 'matswap_'")"
done
drop_roles
finish
