#!/bin/bash
# foreign_snapshot: two views of a foreign server that is written to between their builds disagree when each is built by
# itself, and agree when one transaction builds both. With what lies between them, roles, resume, and what is said of it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/foreign-server.sh"

# The views call gate(), which waits for the advisory lock 7 where the table says so. It is a filter of its own, that the
# executor asks before it reads the foreign table.
sql "CREATE TABLE gates (place text PRIMARY KEY)" \
    "CREATE FUNCTION gate(at text) RETURNS boolean LANGUAGE plpgsql AS \$\$
     BEGIN
         PERFORM pg_advisory_xact_lock_shared(7) FROM public.gates WHERE place = at;
         RETURN true;
     END \$\$" \
    "CREATE VIEW unmanaged AS SELECT * FROM event"
query_file early.sql <<< "SELECT id, generation FROM event"
query_file late.sql <<< "SELECT id, generation FROM unmanaged WHERE (SELECT gate('late'))"

at_gate="SELECT count(*) > 0 FROM pg_stat_activity
          WHERE application_name LIKE 'matswap/%' AND wait_event = 'advisory' AND datname = current_database()"
agreement="SELECT (SELECT min(generation) || '-' || max(generation) FROM early),
                  (SELECT min(generation) || '-' || max(generation) FROM late)"
generation=1

# write_between separate|together: a run during which the foreign table becomes that of the next generation, when `early` is
# computed and `late` is about to be
write_between()
{
    session_begin gate
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    matswap_begin run
    wait_until 20 sql_says t "$at_gate" || not_ok "the run does not come to the gate: $(cat "$work/err")"
    [ "$1" = together ] || wait_until 20 grep -q 'built  *public.early' "$work/err" || not_ok "early is not built"
    generation=$((generation + 1))
    remote "UPDATE event SET generation = $generation"
}

open_gate()
{
    session_end gate # and the lock with it
    matswap_end
}

sql "INSERT INTO gates VALUES ('late')"
config "jobs = 2"
write_between separate
open_gate
exits "a run over a foreign server" 0
same "built one by one, they disagree" "1-1|2-2" "$(sql "$agreement")"

for jobs in 1 2; do
    config "jobs = $jobs" "foreign_snapshot = together"
    write_between together
    same "together, jobs = $jobs: status shows which of them is at work" "matswap/$name/public.late" \
        "$(sql "SELECT application_name FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()")"
    same "together, jobs = $jobs: there is one session over there" 1 \
        "$(remote "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'postgres_fdw'")"
    open_gate
    exits "together, jobs = $jobs" 0
    before=$((generation - 1))
    same "together, jobs = $jobs: they agree" "$before-$before|$before-$before" "$(sql "$agreement")"
done
says "the run says which views are built together, and why" \
    'together +public.early, public.late: built in one transaction, since they read foreign server events$'
matswap check
says "check says it, too" 'together +public.early, public.late: built in one transaction'
matswap plan
says "so does the plan" '^together +public.early, public.late: built in one transaction, since they read foreign server events$' "$work/out"

# What lies between them: an ordinary view and a materialized one with an index, which `late` needs; and beside them.
query_file early.sql << 'EOT'
CREATE MATERIALIZED VIEW early AS SELECT id, generation FROM event;
CREATE UNIQUE INDEX ON early (id);
EOT
query_file middle.sql <<< "CREATE VIEW middle AS SELECT * FROM early"
query_file between.sql << 'EOT'
CREATE MATERIALIZED VIEW between_them AS SELECT id, generation FROM middle;
CREATE INDEX between_id ON between_them (id);
COMMENT ON INDEX between_id IS 'of the view between';
EOT
query_file late.sql << 'EOT'
SELECT u.id, u.generation FROM unmanaged AS u JOIN between_them AS b ON b.id = u.id WHERE (SELECT gate('late'))
EOT
query_file reader.sql <<< "SELECT count(*) AS n FROM late"
query_file beside.sql <<< "SELECT count(*) AS n FROM early"
query_file other.sql <<< "SELECT 1 AS n"
write_between together
open_gate
exits "with views between them" 0
before=$((generation - 1))
same "they agree" "$before-$before|$before-$before" "$(sql "$agreement")"
same "what lies between is complete" "100|of the view between|100|100" \
    "$(sql "SELECT (SELECT count(*) FROM between_them), obj_description('between_id'::regclass), (SELECT n FROM reader),
                   (SELECT n FROM beside)")"
says "the group has what lies between" \
    'together +public.early, public.middle, public.between_them, public.late: built in one transaction'
same "nothing is left over" "" "$(leftovers)"

# An error in the group names the view that has it.
sql "CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS \$\$BEGIN RAISE division_by_zero; END\$\$"
query_file between.sql <<< "CREATE MATERIALIZED VIEW between_them AS SELECT id, generation FROM middle WHERE broken() = 1"
matswap run
exits "an error in the group" 1
says "it is that of its view" "between\.sql:1"
same "an error leaves nothing over" "" "$(leftovers)"
config "jobs = 2" "foreign_snapshot = together" "on_failure = isolate"
matswap run
exits "isolate: an error in the group" 4
says "isolate: the whole group keeps its old generation" \
    'isolated +public.between_them: keeps its old generation, with .*public.early.*public.late'
says "isolate: the rest is swapped" 'swapped +1 views'
same "isolate: an error leaves nothing over" "" "$(leftovers)"
config "jobs = 2" "foreign_snapshot = together"
query_file between.sql <<< "CREATE MATERIALIZED VIEW between_them AS SELECT id, generation FROM middle"

# resume: `late` is dropped by hand, so that it has to be built again, and all that was built with it.
sql "DELETE FROM gates"
matswap run --until=built
exits "a run up to the build" 0
sql "DROP MATERIALIZED VIEW public_new.reader" "DROP MATERIALIZED VIEW public_new.late"
generation=$((generation + 1))
remote "UPDATE event SET generation = $generation"
matswap resume
exits "resume" 0
says "a view of the group is built again with the others" 'rebuild +public.early: it is built together with public.late'
same "they agree after a resume" "$generation-$generation|$generation-$generation" "$(sql "$agreement")"

matswap run --until=built
sql "DROP MATERIALIZED VIEW public_new.reader"
generation=$((generation + 1))
remote "UPDATE event SET generation = $generation"
matswap resume
exits "resume beside the group" 0
before=$((generation - 1))
same "what is whole stays" "$before-$before|$before-$before" "$(sql "$agreement")"

# Killed in the middle of the transaction, of which nothing is there then.
sql "INSERT INTO gates VALUES ('late')"
write_between together
kill -9 "$pid"
open_gate
same "it was killed" 137 "$code"
matswap resume
exits "resume after a kill" 0
same "they agree after a kill" "$generation-$generation|$generation-$generation" "$(sql "$agreement")"
same "a kill leaves nothing over" "" "$(leftovers)"
sql "DELETE FROM gates"

# Two owners: one local transaction, but two over there, unless they share a user mapping.
rm "$work"/queries/*
query_file early.sql <<< "SELECT id, generation FROM event"
query_file late.sql <<< "SELECT id, generation FROM event WHERE (SELECT gate('late'))"
sql "DROP ROLE IF EXISTS foreign_owner" "CREATE ROLE foreign_owner" "GRANT SELECT ON event TO foreign_owner" \
    "GRANT SELECT ON gates TO foreign_owner" \
    "GRANT USAGE, CREATE ON SCHEMA public TO foreign_owner" \
    "ALTER USER MAPPING FOR PUBLIC SERVER events OPTIONS (ADD password_required 'false')"
matswap run --drop-removed
exits "other views" 0
sql "ALTER MATERIALIZED VIEW late OWNER TO foreign_owner"
matswap run
exits "two owners with one user mapping" 0
says "are built together" "together +public.early, public.late"
same "and nothing is warned of" "" "$(grep warning "$work/err")"
sql "CREATE USER MAPPING FOR foreign_owner SERVER events OPTIONS (user 'postgres', password_required 'false')"
matswap run
exits "two owners with two user mappings" 0
says "are warned of" "warning: foreign server events has a transaction.*: as $PGUSER \(public.early\), as foreign_owner \(public.late\)"
same "owners are as they were" "$PGUSER|foreign_owner" \
    "$(sql "SELECT (SELECT matviewowner FROM pg_matviews WHERE matviewname = 'early' AND schemaname = 'public'),
                   (SELECT matviewowner FROM pg_matviews WHERE matviewname = 'late' AND schemaname = 'public')")"
same "nothing is left over at the end" "" "$(leftovers)"
PGDATABASE=postgres sql "DROP DATABASE $PGDATABASE WITH (FORCE)" "DROP ROLE foreign_owner"
finish
