#!/bin/bash
# neighbours-new.sh: others change the sources of a set, the new generation or its schemas, or the owners of views, while a
# generation is built. Each time the run ends well, or says what it ran into and what to do; nothing is half done, nothing
# left over, and the next run succeeds.
source "$(dirname "$0")/lib.sh"
owner=it_neighbours_owner
PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_neighbours_new WITH (FORCE)' -c "DROP ROLE IF EXISTS $owner"
source "$here/paused-set.sh"
source "$here/beside-set.sh"

# beside_waiting STATEMENT: a DROP that begins while the run builds, and waits for its locks
beside_waiting()
{
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    begin last 0
    session_begin dropper
    session_send dropper "$1"
    wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'session-dropper' AND wait_event_type = 'Lock'" || not_ok "the DROP does not wait"
    session gate "SELECT pg_advisory_unlock(7);" > /dev/null
    matswap_end
    pause_at
    session dropper "SELECT 1;" > /dev/null
    session_end dropper
}
changed="somebody changed the live views.*; nothing was swapped; run .matswap run. again, and it takes the change along"

# ---- the sources ----------------------------------------------------------------------------------------------------

beside "ALTER TABLE source ADD COLUMN more int" "ALTER TABLE source RENAME TO origin" "ALTER TABLE origin RENAME COLUMN id TO key"
exits "a source changed and renamed" 0
same "a source changed and renamed: fresh" "$(whole $generation)" "$(sql "$contents")"
same "a source changed and renamed: nothing is left over" "" "$(leftovers)"
matswap run
exits "a source renamed: its old name is in the files" 2
says "a source renamed: says so" "relation source: neither the set nor the database has it"
sql "ALTER TABLE origin RENAME COLUMN key TO id" "ALTER TABLE origin RENAME TO source" "ALTER TABLE source DROP COLUMN more"
dump=$(schema_dump)
again "a source renamed and back"
sql "CREATE TABLE copy AS SELECT * FROM source"
beside_waiting "DROP TABLE source CASCADE;"
[ "$code" = 1 ] && ok "a source dropped with all that reads it: the run fails" || not_ok "a source dropped with all that reads it: exit $code: $(cat "$work/err")"
same "a source dropped: nothing is left over" "" "$(leftovers)"
sql "ALTER TABLE copy RENAME TO source"
next_source
matswap run
exits "a source dropped: once it is back, all is made anew" 0
dump=$(schema_dump)
again "a source dropped"

# ---- the new generation ---------------------------------------------------------------------------------------------

beside "ALTER MATERIALIZED VIEW public_new.first RENAME TO mine"
stops "a new view renamed" "public_new\.\"first\" is not there any more"
again "a new view renamed"
beside "CREATE SCHEMA theirs" "ALTER MATERIALIZED VIEW public_new.first SET SCHEMA theirs"
exits "a new view moved away" 1
untouched "a new view moved away"
same "a new view moved away: stays where it was put" "500" "$(sql "SELECT count(*) FROM theirs.first")"
sql "DROP SCHEMA theirs CASCADE"
same "a new view moved away: nothing is left over" "" "$(leftovers)"
dump=$(schema_dump)
again "a new view moved away"
beside "CREATE TABLE public_new.theirs AS SELECT 1 AS x"
exits "a table in the new generation's schema: is no obstacle" 0
says "a table in the new generation's schema: named" "warning: schema public_new is kept: it holds .*public_new\.theirs"
same "a table in the new generation's schema: fresh" "$(whole $generation)" "$(sql "$contents")"
next_source
matswap run
exits "a table in the new generation's schema: the next run refuses" 2
says "a table in the new generation's schema: by name" "public_new.*theirs"
sql "DROP TABLE public_new.theirs"
dump=$(schema_dump --exclude-schema=public_new)
again "a table in the new generation's schema"
beside_waiting "DROP SCHEMA public_new CASCADE;"
stops "the new schema dropped" ".*public_new"
again "the new schema dropped"

# ---- owners ---------------------------------------------------------------------------------------------------------

sql "CREATE ROLE $owner" "GRANT ALL ON SCHEMA public, other TO $owner" "GRANT SELECT ON ALL TABLES IN SCHEMA public TO $owner" \
    "ALTER MATERIALIZED VIEW first OWNER TO $owner" "GRANT SELECT ON second TO $owner"
dump=$(schema_dump)
again "a view of another owner"
beside "REASSIGN OWNED BY $owner TO CURRENT_USER"
stops "REASSIGN OWNED" "$changed"
again "REASSIGN OWNED"
beside "DROP OWNED BY $owner"
stops "DROP OWNED" "$changed"
again "DROP OWNED"
sql "DROP ROLE $owner"
session_end gate
finish
