#!/bin/bash
# dependents-rights.sh: a role that is no superuser takes along what is bound to the set: what it lacks is named, each
# object with the statement that grants it, before the build; with these, everything follows with its owners and grantors.
source "$(dirname "$0")/lib.sh"

runner=it_dependents_rights_runner owner=it_dependents_rights_owner grantor=it_dependents_rights_grantor reader=it_dependents_rights_reader
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_dependents_rights WITH (FORCE)' \
        -c "DROP ROLE IF EXISTS $runner, $owner, $grantor, $reader"
}
drop_roles
fresh_database
version=$(sql "SHOW server_version_num")
sql "CREATE ROLE $runner LOGIN" "CREATE ROLE $owner" "CREATE ROLE $grantor" "CREATE ROLE $reader" "CREATE SCHEMA api" "CREATE SCHEMA tight" \
    "GRANT CREATE ON DATABASE it_dependents_rights TO $runner" "GRANT USAGE, CREATE ON SCHEMA public TO $runner" "GRANT USAGE ON SCHEMA api TO PUBLIC" \
    "CREATE TABLE source (id int, generation int)" "INSERT INTO source SELECT g, 1 FROM generate_series(1, 50) AS g" "GRANT SELECT ON source TO $runner"
query_file base.sql <<< "SELECT id, generation FROM source"
config "conninfo = user=$runner"
matswap run
exits "the first run" 0
sql "CREATE FUNCTION api.rows() RETURNS SETOF base LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT * FROM base'" \
    "CREATE FUNCTION tight.label(r base) RETURNS text LANGUAGE sql LEAKPROOF AS \$\$ SELECT r.id || ' in ' || r.generation \$\$" \
    "CREATE VIEW api.whole AS SELECT b AS r FROM base AS b" "CREATE TABLE api.guarded (id int)" "INSERT INTO api.guarded VALUES (1)" \
    "ALTER TABLE api.guarded ENABLE ROW LEVEL SECURITY" "CREATE POLICY looks ON api.guarded USING (id IN (SELECT b.id FROM base AS b))" \
    "ALTER FUNCTION api.rows OWNER TO $owner" "ALTER VIEW api.whole OWNER TO $owner" "ALTER TABLE api.guarded OWNER TO $owner" \
    "GRANT SELECT ON base, api.guarded TO $owner, $reader" "GRANT SELECT ON api.whole TO $grantor WITH GRANT OPTION" \
    "SET ROLE $grantor" "GRANT SELECT ON api.whole TO $reader" ||
    { not_ok "the dependents can be made"; exit 1; }

before=$(schema_dump)
matswap check
exits "what is lacking is refused" 2
member="WITH INHERIT TRUE, SET TRUE"
[ "$version" -ge 160000 ] || member=
for label in 'function api\.rows\(\)' 'view api\.whole' 'policy looks on table api\.guarded'; do
    says "$label" "^matswap: $label depends on the set and is owned by $owner, and role $runner may not act for it; GRANT $owner TO $runner ?$member"
done
says "a function of a superuser" "^matswap: function tight\.label\(public\.base\) depends on the set and is owned by .*; GRANT"
says "what only a superuser may declare" '^matswap: function tight\.label\(public\.base\) depends on the set, and is LEAKPROOF or has a SUPPORT function'
same "nothing is touched" "$before" "$(schema_dump)"
sql "ALTER FUNCTION tight.label NOT LEAKPROOF" "ALTER FUNCTION tight.label OWNER TO $owner" "GRANT $owner TO $runner $member"
matswap check
exits "what is still lacking is refused" 2
says "a schema" "^matswap: function tight\.label\(public\.base\) depends on the set, and role $runner may not replace it: it lacks CREATE or USAGE on its schema; GRANT USAGE, CREATE ON SCHEMA tight TO $runner"
says "for the owner, too" "^matswap: function api\.rows\(\) has to be made anew with the set, and its owner $owner lacks CREATE on its schema; GRANT CREATE ON SCHEMA api TO $owner"
sql "GRANT USAGE, CREATE ON SCHEMA tight, api TO $owner"
matswap check
exits "a grantor" 2
says "is named" "^matswap: role $grantor has granted privileges on view api\.whole, which has to be made anew, and role $runner may not act for it; GRANT $grantor TO $runner"
sql "GRANT $grantor TO $runner $member" "REVOKE USAGE ON SCHEMA api FROM PUBLIC" "GRANT USAGE ON SCHEMA api TO $reader"
matswap check
exits "a grantor that can't see the schema" 2
says "is named with it" "^matswap: role $grantor has granted privileges on view api\.whole, which has to be made anew, and may not use schema api; GRANT USAGE ON SCHEMA api TO $grantor"
sql "GRANT USAGE ON SCHEMA api TO $grantor"
matswap check
exits "with these nothing is in the way" 0

before=$(schema_dump)
for generation in 2 3; do
    sql "UPDATE source SET generation = $generation"
    matswap run
    exits "generation $generation" 0
    same "generation $generation: all show it" "$generation|1 in $generation|$generation|1" \
        "$(sql "SELECT (SELECT max(generation) FROM api.rows()), (SELECT min(tight.label(b)) FROM base AS b), (SELECT max((r).generation) FROM api.whole), (SELECT count(*) FROM api.guarded)")"
    same "generation $generation: the reader still reads" "50|1" "$(sql "SET ROLE $reader" "SELECT (SELECT count(*) FROM api.whole), (SELECT count(*) FROM api.guarded)")"
    same "generation $generation: pg_dump finds no difference" "$before" "$(schema_dump)"
done
same "nothing is left over" "" "$(leftovers)"
drop_roles
finish
