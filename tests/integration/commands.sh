#!/bin/bash
# commands.sh: what the commands of a set do and leave behind: --dry-run, --until with resume and rollback, --only,
# --jobs, status beside a run, notify, [session] settings, and a journal that is not what it should be.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE SCHEMA sales" "CREATE TABLE source AS SELECT g AS id, g % 4 AS k FROM generate_series(1, 100) AS g"
query_file base.sql <<< "SELECT id, k FROM source"
query_file deep/er/sums.sql <<< "SELECT k, count(*) AS n FROM base GROUP BY k"
query_file sales.top.sql <<< "SELECT max(n) AS n FROM sums"
query_file sales/shown.sql <<< "CREATE VIEW sales.shown AS SELECT n FROM top"
query_file alone.sql <<< "SELECT count(*) AS n FROM source;"
query_file settings.sql <<< "SELECT current_setting('work_mem') AS work_mem, current_setting('application_name') AS application,
  current_setting('matswap_test.word', true) AS word"
query_file .hidden.sql <<< "this is not SQL"
query_file notes.txt <<< "nor is this"
# session LINE...: the configuration with these lines in [session]
with_session()
{
    config "jobs = 2" "notify = generations"
    printf '%s\n' "[session]" "search_path = public, sales" "$@" >> "$work/matswap.ini"
}
with_session "work_mem = 5MB" "matswap_test.word = it's a = 'word'"

oids()
{
    sql "SELECT c.oid::regclass::text COLLATE \"C\", c.oid FROM pg_class AS c WHERE c.relkind IN ('m', 'v')
           AND c.relnamespace::regnamespace::text IN ('public', 'sales') ORDER BY 1"
}

# ---- a dry run, before there is anything and after

matswap run --dry-run
exits "a dry run of nothing live" 0
same "publishes nothing" "" "$(oids)"
same "and leaves nothing" "" "$(leftovers)"
matswap run
exits "a run" 0
same "all files in all folders" "alone base sales.shown sales.top settings sums" "$(oids | cut -d'|' -f1 | xargs)"
same "a row in matswap.generation" "commands|t|t|t|6" "$(sql "SELECT set, snapshot IS NOT NULL, wal_lsn <= pg_current_wal_lsn(),
  snapshot_at < swapped_at, jsonb_array_length(views) FROM matswap.generation")"
same "with what each view became" "$(sql "SELECT 'base', 'public.base'::regclass::oid, 100, 'sums', 'public.sums'::regclass::oid, 4")" \
    "$(sql "SELECT string_agg(format('%s|%s|%s', v->>'name', v->>'oid', v->>'rows'), '|' ORDER BY v->>'name')
              FROM matswap.generation, jsonb_array_elements(views) AS v WHERE v->>'name' IN ('base', 'sums')")"
same "settings reach the workers" "5MB|matswap/commands/settings|it's a = 'word'" "$(sql "TABLE settings" | sed 's/public\.//')"
before=$(oids) dump=$(schema_dump)
matswap run --dry-run
exits "a dry run" 0
same "prints a transaction" "BEGIN;|COMMIT;" "$(grep -E '^(BEGIN|COMMIT);' "$work/out" | paste -sd'|')"
says "that moves the live views out" '^ALTER MATERIALIZED VIEW public\.base SET SCHEMA public_old;' "$work/out"
says "and the new ones in" '^ALTER MATERIALIZED VIEW sales_new\.top SET SCHEMA sales;' "$work/out"
same "the live views are the same" "$before" "$(oids)"
same "so is all else" "$dump" "$(schema_dump)"
same "nothing is left over" "" "$(leftovers)"
same "and there is one generation" 1 "$(sql "SELECT count(*) FROM matswap.generation")"

# ---- stops on the way

for until in built validated; do
    for command in resume rollback run; do
        before=$(oids)
        sql "INSERT INTO source VALUES (1, 1)"
        matswap run --until=$until
        exits "--until=$until" 0
        same "--until=$until swaps nothing" "$before" "$(oids)"
        matswap status
        says "--until=$until: status says so" "^state +$until" "$work/out"
        matswap status --format=json
        same "--until=$until: in JSON, too" "1|$until|6|complete" \
            "$(sql "SELECT jsonb_array_length(j->'runs'), j->'runs'->0->>'state', jsonb_array_length(j->'runs'->0->'views'),
              (SELECT string_agg(DISTINCT v->>'status', ',') FROM jsonb_array_elements(j->'runs'->0->'views') AS v)
              FROM (SELECT \$json\$$(cat "$work/out")\$json\$::jsonb) AS s (j)")"
        matswap $command
        exits "then $command" 0
        if [ $command = rollback ]; then
            same "$command leaves the live views" "$before" "$(oids)"
        else
            [ "$before" != "$(oids)" ] && ok "$command swaps" || not_ok "$command did not swap"
        fi
        same "nothing is left over after $command" "" "$(leftovers)"
        matswap status --format=json
        says "nor in the status" '^\{"runs":\[\],' "$work/out"
    done
done
matswap resume
exits "nothing to resume" 0
matswap rollback
exits "nothing to roll back to" 2

# Other SQL than was built must not be published under its name.
matswap run --until=validated
query_file alone.sql <<< "SELECT count(*) AS n, 1 AS more FROM source"
matswap check
exits "check names the unfinished run" 2
matswap resume
exits "resume after the files changed" 0
says "says so" 'rebuild +public.alone: its SQL'
same "from the new files" "1" "$(sql "SELECT more FROM alone")"
same "and removes the other" "" "$(leftovers)"

# ---- a part of the set

before=$(oids)
matswap run --only sums
exits "--only" 0
same "keeps the OIDs of the others" "alone base settings" "$(comm -12 <(echo "$before" | sort) <(oids | sort) | cut -d'|' -f1 | xargs)"
same "and of nothing else" "sales.shown sales.top sums" "$(comm -13 <(echo "$before" | sort) <(oids | sort) | cut -d'|' -f1 | xargs)"
before=$(oids)
matswap run --only sales.top alone --jobs=1
exits "--only two, with one worker" 0
same "they, and what reads them" "alone sales.shown sales.top" "$(comm -13 <(echo "$before" | sort) <(oids | sort) | cut -d'|' -f1 | xargs)"
same "one worker" "worker 1" "$(grep -o 'worker [0-9]*' "$work/err" | sort -u)"
matswap run --only smus
exits "--only an unknown view" 2
says "with the nearest" '^matswap: .*smus.*did you mean .*sums'
matswap run sums
exits "a view without --only" 2
says "says how" '^matswap: unexpected argument sums.*--only sums'
matswap run --only
exits "--only nothing" 2
matswap run --jobs=0
exits "--jobs=0" 2
matswap run --until=swapped
exits "--until an unknown stage" 2
matswap run --dry-run --until=built
exits "--dry-run with --until" 2
matswap run --report
exits "an option that there is not" 2
matswap rnu
exits "an unknown command" 2
says "with the nearest" '^matswap: unknown command rnu; did you mean .matswap run'

# ---- beside a run

query_file alone.sql <<< "SELECT count(*) AS n FROM source, (SELECT pg_advisory_xact_lock_shared(4711)) AS gate"
session_begin gate
session gate "SELECT pg_advisory_lock(4711);" > /dev/null
session_begin listener
session listener "LISTEN generations;" > /dev/null
matswap_begin run
wait_until 20 sql_says 1 "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'matswap/commands/public.alone' AND wait_event = 'advisory'" &&
    ok "the run builds, under a name that says what" || not_ok "no worker waits at the gate"
"$MATSWAP" -c "$work/matswap.ini" status --format=json > "$work/status.json" 2> "$work/status.err"
same "status beside it" "building|building|$pid" "$(sql "SELECT r->>'state', (SELECT v->>'status' FROM jsonb_array_elements(r->'views') AS v WHERE v->>'name' = 'alone'), r->>'pid'
  FROM (SELECT \$json\$$(cat "$work/status.json")\$json\$::jsonb->'runs'->0) AS s (r)")"
same "its times are ISO 8601" "t" "$(sql "SELECT (r->>'started_at') ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)\$' AND (r->>'started_at')::timestamptz BETWEEN now() - interval '1 min' AND now()
  FROM (SELECT \$json\$$(cat "$work/status.json")\$json\$::jsonb->'runs'->0) AS s (r)")"
"$MATSWAP" -c "$work/matswap.ini" status > "$work/status.txt" 2>&1
says "as text" '^state +building' "$work/status.txt"
says "view by view" '^public\.alone +building' "$work/status.txt"
for command in run resume rollback check; do
    busy=0
    "$MATSWAP" -c "$work/matswap.ini" $command > "$work/busy" 2>&1 || busy=$?
    same "$command beside it exits with 3" 3 "$busy"
    says "$command names the holder" '^matswap: the set commands is held by another run: matswap process '"$pid on host $(uname -n)"' since [0-9-]+ [0-9:]+ [^ ]+ \(server process [0-9]+, role [^ ]+\); wait' "$work/busy"
done
session gate "SELECT pg_advisory_unlock(4711);" > /dev/null
matswap_end
exits "the run itself ends well" 0
heard=$(session listener "SELECT;" | sed -nE 's/^Asynchronous notification "generations" with payload "(.*)" received.*/\1/p')
same "who listens hears of it, in JSON" "commands|false|t|6|t|t" "$(sql "SELECT j->>'set', j->>'is_rollback', (j->>'snapshot_at')::timestamptz < now(), jsonb_array_length(j->'views'), j->'views' ? 'sales.top', j->>'run' = (SELECT run FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1) FROM (SELECT '$heard'::jsonb) AS s (j)")"
session_end gate
session_end listener

# ---- settings

with_session "work_mem = 5MB" "wrok_mem = 1MB" "statement_timeout = soon"
before=$(oids)
line=$(grep -n wrok_mem "$work/matswap.ini" | cut -d: -f1)
matswap run
exits "settings that the server refuses" 2
says "the first is named with its place" "^matswap: .*matswap\.ini:$line: .*wrok_mem"
says "so is the second" "^matswap: .*matswap\.ini:$((line + 1)): .*statement_timeout"
same "nothing happened" "$before" "$(oids)"
same "nothing is left over after it" "" "$(leftovers)"
with_session "statement_timeout = 1"
query_file alone.sql <<< "SELECT count(*) AS n FROM source, (SELECT pg_sleep(1)) AS s"
matswap run
exits "a statement_timeout of one's own ends the run" 1
same "and the old generation serves" "$before" "$(oids)"
same "nothing is left over after that" "" "$(leftovers)"
query_file alone.sql <<< "SELECT count(*) AS n FROM source"
with_session

# ---- the journal

matswap run
exits "a run with a whole journal" 0
journal=$work/state/journal.db
cp -r "$work/state" "$work/good"
before=$(oids)
rm -r "$work/state"
matswap status --format=json
exits "without a journal nothing runs" 0
says "says the status" '^\{"runs":\[\],' "$work/out"
matswap run
exits "and a run makes one" 0
before=$(oids)

broken_journal()
{
    for command in run resume rollback check status; do
        matswap $command
        exits "$1: $command says so" 1
        says "$1: $command names the file" "^matswap: .*state/journal\.db.*"
    done
    same "$1: nothing was touched" "$before" "$(oids)"
    same "$1: nothing was made" "" "$(leftovers)"
}
rm -f "$journal"*
head -c 20000 /dev/urandom > "$journal"
broken_journal "noise for a journal"
rm -f "$journal"*
cp "$work/good/journal.db" "$journal"
printf 'damage%.0s' {1..4000} | dd of="$journal" bs=1 seek=5000 conv=notrunc status=none
broken_journal "a damaged journal"
rm -f "$journal"*
mkdir "$journal"
broken_journal "a folder for a journal"
rmdir "$journal"
config "conninfo = dbname=it_commands" && sed -i 's|^journal = .*|journal = /proc/matswap/journal.db|' "$work/matswap.ini"
matswap run
exits "a folder that can't be made" 1
says "is named with what to do" '^matswap: cannot create .*/proc/matswap.*set .journal. to another path'
same "nothing was touched by all this" "$before" "$(oids)"

# Lost together with what it says of an unfinished run: the markers are still there.
with_session
rm -rf "$work/state"
matswap run --until=validated
exits "a run that waits" 0
rm -rf "$work/state"
matswap run
exits "its journal is lost" 2
says "the schemas are named" '^matswap: schema public_new.* holds what run .* of this set left, which the journal .* does not know: .*rollback --orphans'
same "the live views serve" "$before" "$(oids)"
sql "DROP SCHEMA public_new CASCADE" "DROP SCHEMA sales_new CASCADE" "DROP SCHEMA IF EXISTS public_old" "DROP SCHEMA IF EXISTS sales_old"
matswap run
exits "when they are gone it runs" 0

# Of another database: what it says must not be done here.
matswap run --until=validated
exits "a run waits in this database" 0
old=$PGDATABASE
PGDATABASE=postgres psql -Xq -c "DROP DATABASE IF EXISTS it_commands_other" -c "CREATE DATABASE it_commands_other"
PGDATABASE=it_commands_other
sql "CREATE SCHEMA sales" "CREATE TABLE source AS SELECT 1 AS id, 1 AS k"
for command in run resume rollback; do
    matswap $command
    exits "$command in another database is refused" 2
    says "$command: with the name of the first" '^matswap: .*journal\.db holds the unfinished run .* of database it_commands'
done
same "nothing is made there" "" "$(oids)$(leftovers)"
PGDATABASE=$old
psql -Xq -c "DROP DATABASE it_commands_other WITH (FORCE)"
matswap resume
exits "and goes on in its own" 0
same "nothing is left over at the end" "" "$(leftovers)"
# What cron would mail, and what somebody who looks for a cause wants to see.
matswap --quiet run
exits "a quiet run" 0
same "says nothing when all is well" "" "$(cat "$work/out" "$work/err")"
matswap --verbose run
exits "a verbose run" 0
says "shows the statements with their backends" ' sql +\[[0-9]+\] BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ'
says "those of the swap too" ' sql +\[[0-9]+\] ALTER .* OWNER TO|SET LOCAL lock_timeout'
finish
