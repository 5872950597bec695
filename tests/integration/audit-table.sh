#!/bin/bash
# audit-table.sh: audit_table has a row for each view of a run: success with the swap, and only with it, failed with the
# reason, once, also after a run that died; a table that somebody made beforehand is used as it is, or refused by name.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"
config "jobs = 2" "audit_table = materialized_view_refreshes" "on_failure = abort"

# rows [COLUMNS]: those that came since the last call, in order
last=0
rows()
{
    sql "SELECT ${1:-view_name, status, row_count, coalesce(error_message, '-')} FROM materialized_view_refreshes
          WHERE id > $last ORDER BY view_name, id"
}
seen()
{
    last=$(sql "SELECT coalesce(max(id), 0) FROM materialized_view_refreshes")
}

# ---- made when it is absent
matswap run --dry-run
exits "a dry run" 0
same "makes the table, and writes nothing" 0 "$(sql "SELECT count(*) FROM materialized_view_refreshes")"
matswap run
exits "a run" 0
same "the columns are the seed's" "id|bigint|t|nextval('materialized_view_refreshes_id_seq'::regclass)
view_name|text|t|
started_at|timestamp with time zone|t|now()
completed_at|timestamp with time zone|f|
duration_ms|integer|f|
row_count|integer|f|
status|text|t|'running'::text
error_message|text|f|" "$(sql "SELECT attname, format_type(atttypid, NULL), attnotnull, pg_get_expr(adbin, adrelid)
    FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON adrelid = attrelid AND adnum = attnum
   WHERE attrelid = 'materialized_view_refreshes'::regclass AND attnum > 0 ORDER BY attnum")"
same "a row for each view" "first|success|500|-
other.last|success|1|-
plain|success||-
second|success|500|-" "$(rows)"
same "with the times of its build" "t" "$(sql "SELECT bool_and(completed_at >= started_at AND completed_at <= swapped_at
    AND started_at > snapshot_at - interval '1 s' AND duration_ms BETWEEN 0 AND 100000
    AND abs(extract(epoch FROM completed_at - started_at) * 1000 - duration_ms) < 1000)
    FROM materialized_view_refreshes, matswap.generation WHERE snapshot_at = (SELECT max(snapshot_at) FROM matswap.generation)")"
same "in the swap's transaction" "1" "$(sql "SELECT count(DISTINCT xmin::text) FROM
    (SELECT xmin FROM materialized_view_refreshes UNION ALL SELECT xmin FROM (SELECT * FROM (SELECT xmin, swapped_at FROM matswap.generation) AS g ORDER BY swapped_at DESC LIMIT 1) AS g) AS x")"
seen

# ---- failures
sql "UPDATE source SET id = 1 WHERE id = 2"
matswap run
exits "a unique index that cannot be" 1
same "all of them failed" "4" "$(rows | grep -cE "^(first|other\.last|plain|second)\|failed\|\|")"
rows > "$work/rows"
says "the view at fault says why" "^second\|failed\|\|.*second\.sql:.*could not create unique index" "$work/rows"
says "the others, whose fault it is" "^first\|failed\|\|kept its old generation: public\.\"second\" failed: .*could not create unique index" "$work/rows"
says "in other schemas, too" "^other\.last\|failed\|\|kept its old generation: public\.\"second\" failed: " "$work/rows"
same "one that was never begun has times, too" "t" "$(sql "SELECT bool_and(completed_at >= started_at) FROM materialized_view_refreshes WHERE id > $last")"
sql "UPDATE source SET id = 2 WHERE ctid = (SELECT ctid FROM source WHERE id = 1 LIMIT 1)"
seen

printf '%s\n' "[view first]" "max_shrink = 1%" "[view other.last]" "min_rows = 2" "severity = warn" >> "$work/matswap.ini"
sql "DELETE FROM source WHERE id > 250"
matswap run
exits "a broken rule" 5
rows > "$work/rows"
says "the view that broke it" "^first\|failed\|\|public\.\"first\": rows: max_shrink: was 500, is 250, limit 1%" "$work/rows"
says "the others" "^second\|failed\|\|kept its old generation: public\.\"first\" failed: public\.\"first\": rows: max_shrink" "$work/rows"
same "all four" 4 "$(wc -l < "$work/rows")"
seen
matswap run --accept max_shrink@first --reason "halved on purpose"
exits "accepted" 0
same "is a success that says so" "first|success|250|accepted: rows: max_shrink: halved on purpose
other.last|success|1|-
plain|success||-
second|success|250|-" "$(rows)"
seen
matswap run --dry-run
exits "a dry run passes" 0
sql "DELETE FROM source WHERE id > 200"
matswap run --dry-run
exits "a dry run is rejected" 5
same "neither writes anything" "" "$(rows)"
matswap run --accept max_shrink@first --reason "again" --keep-old
exits "kept" 0
seen
matswap rollback
exits "a rollback" 0
same "its rows have what came back" "first|success|250|rollback: what it was before the last swap is back
other.last|success|1|rollback: what it was before the last swap is back
plain|success||rollback: what it was before the last swap is back
second|success|250|rollback: what it was before the last swap is back" "$(rows)"
seen
matswap run --only other.last
exits "a part of the set" 0
same "has its rows" "other.last|success|1|-" "$(rows)"
seen

# ---- runs that die, or stop
begin second 60 --accept max_shrink@first --reason "known"
kill -9 "$pid"
matswap_end
pause_at
matswap rollback
exits "a run that died is undone" 0
says "that it died is a failure" "^first\|failed\|\|kept its old generation: the run failed: run .* died while building" <(rows)
same "of each view" 4 "$(rows | wc -l)"
# as if that command had died, too, when it had written this and not yet told the journal that it was done
sqlite3 "$work/state/journal.db" "UPDATE run SET state = 'reverting', finished_at = NULL WHERE id = (SELECT max(id) FROM run)"
matswap rollback
exits "undone once more" 0
same "it is written once" "4 1" "$(rows | wc -l) $(sql "SELECT count(*) FROM matswap.failure WHERE message LIKE '%died while building'")"
seen
begin second 60 --accept max_shrink@first --reason "known"
kill -9 "$pid"
matswap_end
pause_at
matswap run --accept max_shrink@first --reason "known"
exits "a run after one that died" 0
same "writes its failures once, then its own" "4 failed 4 success" \
    "$(rows status | sort | uniq -c | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')"
seen
matswap run --until=built
matswap rollback
exits "built, and rolled back" 0
same "is no failure" "" "$(rows)"
begin second 60
kill -TERM "$pid"
matswap_end
pause_at
exits "stopped by a signal" 1
same "is one" "4" "$(rows | grep -c 'the run failed: interrupted')"
seen

# ---- somebody's lock on the table
session_begin other
session other "BEGIN; LOCK TABLE materialized_view_refreshes IN SHARE ROW EXCLUSIVE MODE;" > /dev/null
matswap_begin run
wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE query ~ '^INSERT INTO public.mater' AND wait_event_type = 'Lock'" &&
    ok "the run waits for whoever has the table" || not_ok "no wait for the audit table"
same "readers do not wait" 200 "$(PGOPTIONS='-c statement_timeout=5s' sql "SELECT count(*) FROM first")"
same "none of the set is locked" 0 "$(sql "SELECT count(*) FROM pg_locks AS l WHERE mode = 'AccessExclusiveLock' AND relation IN ('first'::regclass, 'second'::regclass)")"
session other "COMMIT;" > /dev/null
session_end other
matswap_end
exits "and then swaps" 0
same "with one row each" "4" "$(rows | wc -l)"
seen
sed -i 's/^set = .*/&\nswap_timeout = 1s/' "$work/matswap.ini"
session_begin another
session another "BEGIN; LOCK TABLE materialized_view_refreshes IN SHARE ROW EXCLUSIVE MODE;" > /dev/null
matswap run
exits "for so long only" 1
says "it says for what it waited" "somebody has a lock on public\.materialized_view_refreshes, the audit_table"
session another "COMMIT;" > /dev/null
session_end another
sed -i '/^swap_timeout/d' "$work/matswap.ini"
matswap run
exits "then again" 0
seen

# ---- a table that refuses a row keeps the generation from being published
sql "ALTER TABLE materialized_view_refreshes ADD CONSTRAINT no_second CHECK (view_name <> 'second' OR status <> 'success') NOT VALID"
live=$(oids)
matswap run
exits "a constraint on the table" 1
says "it says on which" "cannot execute .INSERT INTO public\.materialized_view_refreshes .*no_second|violates check constraint \"no_second\""
same "the old generation serves" "$live" "$(oids)"
sql "ALTER TABLE materialized_view_refreshes DROP CONSTRAINT no_second"

# ---- a table of somebody's own
refused()
{
    matswap check
    exits "$1: refused" 2
    says "$1" "^matswap: $2"
}
audit()
{
    sed -i "s/^audit_table.*/audit_table = $1/" "$work/matswap.ini"
}
sql "CREATE TYPE state AS ENUM ('running', 'success', 'failed')" \
    "CREATE TABLE other.\"Own log\" (note text DEFAULT 'x', status state NOT NULL, view_name varchar(200), started_at timestamp,
       completed_at date, duration_ms smallint, row_count smallint, error_message varchar, id uuid)"
audit 'other."Own log"'
matswap run
exits "other types will do" 0
same "they are filled" "x|first|success|200" "$(sql "SELECT note, view_name, status, row_count FROM other.\"Own log\" WHERE view_name = 'first'")"
sql "TRUNCATE other.\"Own log\"" "INSERT INTO source SELECT g, 2 FROM generate_series(1000, 41000) AS g"
matswap run
exits "more rows than the column holds" 0
same "are its largest" "32767" "$(sql "SELECT row_count FROM other.\"Own log\" WHERE view_name = 'first'")"
sql "TRUNCATE other.\"Own log\"" "ALTER TABLE other.\"Own log\" ADD who text NOT NULL"
refused "a column that must be filled" 'audit_table = other\."Own log" wants a value for who, which matswap does not know'
sql "ALTER TABLE other.\"Own log\" DROP who, DROP status"
refused "one that is missing" 'audit_table = other\."Own log" has no status'
sql "ALTER TABLE other.\"Own log\" ADD status boolean"
refused "one of a type that does not fit" 'audit_table = other\."Own log" does not take what matswap writes: invalid input syntax for type boolean: "success"'
audit first
refused "a view of the set" 'audit_table = public\."first" is not a table'
audit nowhere.log
refused "a schema that is not there" 'audit_table = nowhere\.log: there is no schema nowhere'
audit a.b.c
refused "what is no name" '.*matswap\.ini:[0-9]+: audit_table = a\.b\.c does not name a relation'
finish
