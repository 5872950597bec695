#!/bin/bash
# as-owner.sh: a view is built by its owner, so that row security, ordinary and security-invoker views it reads, current_user
# and functions that ask who calls them give what REFRESH gives, whoever runs matswap: a member of the owners' roles, or a
# superuser, whom row security would not hold.
source "$(dirname "$0")/lib.sh"

runner=it_as_owner_runner north=it_as_owner_north south=it_as_owner_south
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_as_owner WITH (FORCE)' -c "DROP ROLE IF EXISTS $runner, $north, $south"
}
drop_roles
fresh_database
with='' invoker=''
[ "$(sql "SHOW server_version_num")" -lt 160000 ] || with="WITH INHERIT TRUE, SET TRUE"
[ "$(sql "SHOW server_version_num")" -lt 150000 ] || invoker="WITH (security_invoker)"
sql "CREATE ROLE $runner LOGIN" "CREATE ROLE $north" "CREATE ROLE $south" "GRANT $north, $south TO $runner $with" \
    "GRANT USAGE, CREATE ON SCHEMA public TO $north, $south, $runner" "GRANT CREATE ON DATABASE it_as_owner TO $runner" \
    "CREATE TABLE sales AS SELECT g AS id, CASE WHEN g % 4 = 0 THEN '$north' ELSE '$south' END AS region FROM generate_series(1, 100) AS g" \
    "ALTER TABLE sales ENABLE ROW LEVEL SECURITY" "CREATE POLICY own ON sales USING (region = current_user)" \
    "GRANT SELECT ON sales TO $north, $south" \
    "CREATE VIEW as_invoker $invoker AS SELECT * FROM sales" \
    "CREATE VIEW as_south AS SELECT * FROM sales" "ALTER VIEW as_south OWNER TO $south" \
    "GRANT SELECT ON as_invoker, as_south TO $north, $south" \
    "CREATE FUNCTION only_north() RETURNS text LANGUAGE plpgsql STABLE AS \$\$
     BEGIN
         IF NOT pg_has_role(current_user, '$north', 'USAGE') OR current_user <> '$north' THEN RAISE 'not for %', current_user; END IF;
         RETURN current_user;
     END \$\$" \
    "CREATE FUNCTION definer() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT current_user::text'" \
    "ALTER FUNCTION definer() OWNER TO $south" || { not_ok "set up"; exit 1; }

query="SELECT (SELECT count(*) FROM sales) AS seen, (SELECT count(*) FROM as_invoker) AS invoked, (SELECT count(*) FROM as_south) AS theirs,
       current_user::text AS who, pg_has_role('$south', 'MEMBER') AS is_south, definer() AS definer,
       has_table_privilege('public.sales', 'DELETE') AS may_delete, row_security_active('public.sales') AS secured, current_setting('role') <> '' AS in_role"
for owner in north south; do
    query_file "$owner.sql" <<< "$query"
    sql "CREATE MATERIALIZED VIEW $owner AS $query WITH NO DATA" "ALTER MATERIALIZED VIEW $owner OWNER TO ${!owner}"
done
query_file guarded.sql <<< "SELECT only_north() AS who, seen FROM north"
sql "SET ROLE $north" "CREATE MATERIALIZED VIEW guarded AS SELECT only_north() AS who, seen FROM north WITH NO DATA" "GRANT SELECT ON north TO $north"
sql "REFRESH MATERIALIZED VIEW north" "REFRESH MATERIALIZED VIEW south" "REFRESH MATERIALIZED VIEW guarded" || not_ok "refreshed"
contents="SELECT 'north', n::text FROM north AS n UNION ALL SELECT 'south', s::text FROM south AS s UNION ALL SELECT 'guarded', g::text FROM guarded AS g ORDER BY 1"
refreshed=$(sql "$contents")
same "REFRESH sees the rows of each owner" "guarded|($north,25)" "$(grep guarded <<< "$refreshed")"
same "and others for the other" 1 "$(grep -c "(75,.*,75,$south,t," <<< "$refreshed")"

for user in $runner "$(sql "SELECT current_user")"; do
    config "conninfo = user=$user"
    before=$(sql "SELECT 'north'::regclass::oid")
    matswap run
    exits "run by $user" 0
    same "run by $user: what REFRESH made" "$refreshed" "$(sql "$contents")"
    [ "$before" != "$(sql "SELECT 'north'::regclass::oid")" ] && ok "run by $user: it is another generation" || not_ok "run by $user: nothing was swapped"
    sql "REFRESH MATERIALIZED VIEW north" "REFRESH MATERIALIZED VIEW south" "REFRESH MATERIALIZED VIEW guarded"
    same "run by $user: and REFRESH makes the same again" "$refreshed" "$(sql "$contents")"
    sql "DROP SCHEMA matswap CASCADE"
done

# A function that refuses its caller refuses the run, too, and the live generation serves.
query_file south.sql <<< "SELECT only_north() AS who"
config "conninfo = user=$runner"
matswap run
exits "a function that is not for the owner" 1
says "the server says so" "not for $south"
same "nothing has changed" "$refreshed" "$(sql "$contents")"
same "nothing is left over" "" "$(leftovers)"
drop_roles
finish
