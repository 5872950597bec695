#!/bin/bash
# grants.sh: a role that may do nothing hears from `check` of all that it lacks, and gets it as statements; these, as they
# are printed, executed by a superuser, are enough for `check` and `run`, and nobody else's privileges have changed. Then
# single privileges are taken away, and each is asked for by the statement that gives just that back.
source "$(dirname "$0")/lib.sh"

runner=it_grants_runner alice=it_grants_alice bob="it_grants Bob" carol=it_grants_carol dave=it_grants_dave
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_grants WITH (FORCE)' \
        -c "DROP ROLE IF EXISTS $runner, $alice, \"$bob\", $carol, $dave"
}
drop_roles
fresh_database
sql "CREATE ROLE $runner LOGIN NOINHERIT" "CREATE ROLE $alice" "CREATE ROLE \"$bob\"" "CREATE ROLE $carol" "CREATE ROLE $dave" \
    "REVOKE ALL ON SCHEMA public FROM PUBLIC" "CREATE SCHEMA stats" "CREATE SCHEMA lake" "CREATE SCHEMA \"Own\"" \
    "GRANT USAGE ON SCHEMA lake TO $alice" "GRANT USAGE, CREATE ON SCHEMA public TO $alice" \
    "GRANT USAGE ON SCHEMA public TO \"$bob\"" "GRANT USAGE, CREATE ON SCHEMA stats TO \"$bob\", $carol" \
    "CREATE TABLE lake.source AS SELECT g AS id, g % 3 AS k, g * 2 AS v FROM generate_series(1, 30) AS g" \
    "CREATE TABLE lake.more AS SELECT 1 AS x" "GRANT SELECT ON lake.source TO $alice" \
    "SET ROLE $alice" "CREATE MATERIALIZED VIEW public.base AS SELECT id, k, v FROM lake.source" \
    "GRANT SELECT ON public.base TO \"$bob\"" "GRANT SELECT ON public.base TO $carol WITH GRANT OPTION" \
    "SET ROLE \"$bob\"" "CREATE MATERIALIZED VIEW stats.totals AS SELECT k, count(*) AS n FROM public.base GROUP BY k" \
    "RESET ROLE" "GRANT USAGE ON SCHEMA public TO $carol" "SET ROLE $carol" "GRANT SELECT ON public.base TO PUBLIC" \
    "CREATE VIEW stats.report AS SELECT id FROM public.base" || { not_ok "set up"; exit 1; }

query_file base.sql <<< "SELECT id, k, v FROM lake.source"
query_file stats.totals.sql <<< "SELECT k, count(*) AS n FROM base GROUP BY k"
# Of the others nothing is there yet: one is the connected role's, one that of a role that may not look into the schema.
query_file mine.sql <<< "SELECT count(*) AS n FROM lake.source, lake.more"
query_file Own.daves.sql <<< "CREATE MATERIALIZED VIEW \"Own\".daves AS SELECT x FROM lake.more; ALTER MATERIALIZED VIEW \"Own\".daves OWNER TO $dave;"
config "conninfo = user=$runner" "schema = public"

privileges="SELECT 'relation', c.oid::regclass::text, coalesce(c.relacl, acldefault('r', c.relowner))::text FROM pg_class AS c
             WHERE c.relnamespace::regnamespace::text IN ('public', 'stats', 'lake', '\"Own\"') AND c.relkind IN ('r', 'm', 'v')
             UNION ALL SELECT 'schema', nspname, coalesce(nspacl, acldefault('n', nspowner))::text FROM pg_namespace WHERE nspname IN ('public', 'stats', 'lake', 'Own')"
# others: the privileges, but for those of the roles that the statements name
others()
{
    sql "SELECT kind, name, (SELECT string_agg(a, ',' ORDER BY a) FROM unnest(acl::text[]) AS a WHERE a !~ '$runner|$dave')
           FROM ($privileges) AS p (kind, name, acl) WHERE name !~ 'daves|mine' ORDER BY 1, 2"
}
before=$(others)

# printed: the statements of the last `check`; as a superuser executes them
printed()
{
    grep -v '^--' "$work/out"
}
apply()
{
    PGAPPNAME=administrator psql -XqAt -v ON_ERROR_STOP=1 -f "$work/out" > "$work/applied" 2>&1
    same "$1: the statements can be executed as they are" "" "$(cat "$work/applied")"
}

matswap check
exits "a role that may do nothing" 2
says "the statements are on standard output" "^-- run this in the set's database as a superuser" "$work/out"
same "each once" "" "$(printed | sort | uniq -d)"
same "what is made comes before what is granted" "$(printed | grep -n '^CREATE' | cut -d: -f1 | tail -1)" "$(printed | grep -c '^CREATE')"
for statement in "CREATE SCHEMA matswap AUTHORIZATION $runner" 'CREATE SCHEMA "Own_old" AUTHORIZATION' "GRANT $alice TO $runner" \
    "GRANT \"$bob\" TO $runner" "GRANT $dave TO $runner" "GRANT USAGE ON SCHEMA lake TO $dave" "GRANT SELECT ON lake.more TO $dave" \
    "GRANT USAGE ON SCHEMA \"Own\" TO $dave" "GRANT SELECT ON lake.source TO $runner" "GRANT USAGE, CREATE ON SCHEMA stats TO $runner"; do
    says "$statement" "^$statement" "$work/out"
done
same "each is the remedy of a refusal" "" "$(printed | sed 's/;$//' | while read -r s; do grep -qF -- "$s" "$work/err" || echo "$s"; done)"
apply "all that is missing"
matswap check
exits "with that, check" 0
same "prints no statements" "" "$(cat "$work/out")"
matswap run
exits "and run" 0
same "it has run" "30|10|30|1" "$(sql "SELECT (SELECT count(*) FROM base), (SELECT min(n) FROM stats.totals), mine.n, x FROM mine, \"Own\".daves")"
same "each view is its owner's" "base|$alice
daves|$dave
mine|$runner
totals|\"$bob\"" "$(sql "SELECT relname, relowner::regrole FROM pg_class WHERE relkind = 'm' ORDER BY 1")"
same "nobody else's privileges have changed" "$before" "$(others)"
matswap run
exits "and run again" 0

# ---- one privilege less: asked for by name

# lacks WHAT PATTERN STATEMENT: check refuses with this, prints just this statement, and it helps
lacks()
{
    matswap check
    exits "$1: check" 2
    says "$1: it says so" "^matswap: $2"
    same "$1: with what helps" "$3" "$(printed)"
    apply "$1"
    matswap check
    exits "$1: with that" 0
}

with=
[ "$(sql "SHOW server_version_num")" -lt 160000 ] || with=" WITH INHERIT TRUE, SET TRUE"
sql "REVOKE $alice FROM $runner"
lacks "no member" ".*base\.sql:1:1: public\.base is owned by $alice, and role $runner may not act for it" "GRANT $alice TO $runner$with;"
sql "REVOKE $carol FROM $runner"
lacks "no member of a dependent's owner" "view stats\.report depends on the set and is owned by $carol" "GRANT $carol TO $runner$with;"
sql "ALTER VIEW stats.report OWNER TO $alice" "REVOKE $carol FROM $runner"
lacks "no member of a grantor" "role $carol has granted privileges on public\.base, and role $runner may not act for it" "GRANT $carol TO $runner$with;"
if [ -z "$with" ]; then
    sql "ALTER ROLE $runner NOINHERIT"
    matswap check
    same "a member that inherits nothing" "ALTER ROLE $runner INHERIT;" "$(printed | grep -v "^GRANT .* TO $runner;\$")"
    apply "a member that inherits nothing"
fi
sql "REVOKE SELECT ON matswap.generation FROM $runner" "REVOKE USAGE ON SCHEMA matswap FROM $runner" \
    "ALTER SCHEMA matswap OWNER TO $(sql "SELECT current_user")" "ALTER TABLE matswap.generation OWNER TO CURRENT_USER"
sql "REVOKE ALL ON SCHEMA matswap FROM $runner" "REVOKE ALL ON matswap.generation FROM $runner"
lacks "another's record" "role $runner may not use schema matswap" "GRANT USAGE ON SCHEMA matswap TO $runner;
GRANT SELECT, INSERT ON matswap.generation TO $runner;"
sql "REVOKE CREATE ON SCHEMA \"Own\" FROM $runner"
lacks "a schema" "role $runner lacks CREATE on schema \"Own\"" "GRANT CREATE ON SCHEMA \"Own\" TO $runner;"
sql "ALTER SCHEMA stats_old OWNER TO CURRENT_USER"
lacks "a schema that is another's" "schema stats_old is owned by .*, and role $runner may not act for it" "ALTER SCHEMA stats_old OWNER TO $runner;"
sql "REVOKE USAGE ON SCHEMA lake FROM $dave"
lacks "the schema of a source" ".*Own\.daves\.sql:1:1: \"Own\"\.daves is built and measured by $dave, its owner, who may not look into schema lake" \
    "GRANT USAGE ON SCHEMA lake TO $dave;"
sql "REVOKE SELECT ON lake.source FROM $alice" "GRANT SELECT (id) ON lake.source TO $alice"
lacks "columns of a source" ".*base\.sql:1:1: public\.base cannot be filled by $alice, its owner, who may not read lake\.source" \
    "GRANT SELECT (k, v) ON lake.source TO $alice;"
sql "REVOKE SELECT ON public.base FROM \"$bob\", PUBLIC, $carol CASCADE"
lacks "a view of the set" '.*totals\.sql:1:1: stats\.totals cannot be filled by "it_grants Bob", its owner, who may not read public\.base' \
    "GRANT SELECT ON public.base TO \"$bob\";"
sql "CREATE FUNCTION lake.tidy(int) RETURNS int LANGUAGE sql AS 'SELECT \$1'" "REVOKE EXECUTE ON FUNCTION lake.tidy FROM PUBLIC" \
    "CREATE VIEW lake.behind AS SELECT lake.tidy(x) AS x FROM lake.more" "ALTER VIEW lake.behind OWNER TO $carol" \
    "GRANT SELECT ON lake.behind TO $runner"
query_file mine.sql <<< "SELECT lake.tidy(x) AS x FROM lake.behind"
lacks "a function, and what a view between reads as its owner" \
    ".*mine\.sql:1:1: public\.mine cannot be filled by $runner, its owner, since $carol may not read lake\.more" \
    "GRANT SELECT ON lake.more TO $carol;
GRANT EXECUTE ON FUNCTION lake.tidy(integer) TO $runner;"
query_file fresh.sql <<< "CREATE MATERIALIZED VIEW fresh AS SELECT 1 AS x; ALTER MATERIALIZED VIEW fresh OWNER TO $alice;"
query_file Own.reads_fresh.sql <<< "CREATE MATERIALIZED VIEW \"Own\".reads_fresh AS SELECT x FROM fresh; ALTER MATERIALIZED VIEW \"Own\".reads_fresh OWNER TO $dave;"
matswap check
exits "a view that does not exist yet" 2
says "is granted by its file" "\"Own\"\.reads_fresh cannot be filled by $dave, its owner, who may not read public\.fresh; state GRANT SELECT ON public\.fresh TO $dave in the file that creates it"
rm "$work/queries/Own.reads_fresh.sql"
query_file fresh.sql <<< "CREATE MATERIALIZED VIEW fresh AS SELECT 1 AS x; ALTER MATERIALIZED VIEW fresh OWNER TO it_grants_nobody;"
matswap check
says "an owner that does not exist" "public\.fresh is to be owned by role it_grants_nobody, which does not exist; CREATE ROLE it_grants_nobody"
rm "$work/queries/fresh.sql"
matswap run
exits "with all of that, run" 0
same "nothing is left over but the schemas made beforehand, empty" "" \
    "$(sql "SELECT oid::regclass FROM pg_class WHERE relnamespace::regnamespace::text ~ '_(new|old)\"?\$'")"
drop_roles
finish
