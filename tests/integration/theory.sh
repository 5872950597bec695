#!/bin/bash
# theory.sh: the five questions that a projection has to answer, each as a scenario: what source truth is projected, under
# which time semantics, where the watermark is, what the late-data policy is by name, how progress and state stay bound.
source "$(dirname "$0")/lib.sh"

fresh_database
export PGTZ=UTC
# The server notes which transaction brought each event in, so that what a snapshot has seen can be counted.
sql "CREATE TABLE source (id int PRIMARY KEY, at timestamptz NOT NULL, amount numeric NOT NULL, generation int DEFAULT 1,
                          xid xid8 NOT NULL DEFAULT pg_current_xact_id())" \
    "INSERT INTO source SELECT g, date_trunc('day', now()) - interval '10 days' + g * interval '1 hour', g FROM generate_series(1, 216) AS g"
events="SELECT id, at, amount, generation FROM source"
query_file events.sql <<< "$events"
query_file by_day.sql <<< "SELECT (at AT TIME ZONE 'UTC')::date AS day, sum(amount) AS amount, count(*) AS n FROM events GROUP BY 1"

# policy LINE...: of the view events, in a configuration without anything else
policy()
{
    config "audit_table = refreshes"
    printf '%s\n' "[view events]" "event_time = at" "unique = id" "sums = amount" "$@" >> "$work/matswap.ini"
}

# newest EXPRESSION: of the newest row of matswap.generation, g, and the view events in it, v
newest()
{
    sql "SELECT $1 FROM (SELECT * FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1) AS g, jsonb_array_elements(g.views) AS v
          WHERE v ->> 'name' = 'events'"
}

# late ID DAYS AMOUNT: an event that comes now and happened that many days before midnight
late()
{
    sql "INSERT INTO source VALUES ($1, date_trunc('day', now()) - interval '$2 days' + interval '1 second', $3)"
}

# ---- 1. What source truth is projected? That of a snapshot, whatever is written meanwhile; and all of it.
policy "source_total = SELECT count(*) AS rows, sum(amount) AS amount FROM source"
for ((i = 0; i < 400; i++)); do
    echo "INSERT INTO source SELECT max(id) + 1, date_trunc('day', now()) - interval '1 day', 1 FROM source; SELECT pg_sleep(0.005);"
done | psql -Xq > /dev/null 2>&1 &
writer=$!
matswap run
exits "source truth: a generation is built while somebody writes" 0
kill "$writer" 2> /dev/null
wait "$writer" 2> /dev/null
same "source truth: its totals are the source's at the snapshot" 0 "$(grep -c REJECTED "$work/out")"
same "source truth: which is recorded, and says which events are in it" "t" \
    "$(newest "(SELECT count(*) FROM source AS s WHERE pg_visible_in_snapshot(s.xid, g.snapshot)) = (v ->> 'rows')::bigint
               AND (SELECT sum(amount) FROM source AS s WHERE pg_visible_in_snapshot(s.xid, g.snapshot)) = (v #>> '{totals,amount}')::numeric")"
same "source truth: a view over it is of the same" "t" "$(sql "SELECT sum(n) = (SELECT count(*) FROM events) FROM by_day")"
query_file events.sql <<< "$events WHERE amount <> 7"
matswap run --dry-run
exits "source truth: a projection that drops an event has drifted" 5
says "source truth: from the source, not from yesterday" "^matswap: public\.events: .*source_total: "
query_file events.sql <<< "$events"

# ---- 2. Under which time semantics? Event time: when it happened, not when it came.
sql "DELETE FROM source WHERE id > 216"
policy
matswap run
exits "time: a generation" 0
watermark=$(newest "v ->> 'watermark'")
same "time: the watermark is the latest event's time" "t" "$(sql "SELECT '$watermark' = to_jsonb(max(at)) #>> '{}' FROM source")"
late 300 3 1000
matswap run
exits "time: an event out of order" 0
same "time: what came last has not moved it" "$watermark" "$(newest "v ->> 'watermark'")"
same "time: it is counted when it happened" "t" "$(sql "SELECT amount >= 1000 FROM by_day WHERE day = (SELECT (at AT TIME ZONE 'UTC')::date FROM source WHERE id = 300)")"
same "time: both times are kept: when it was so, when we read it, when it could be seen" "t" \
    "$(newest "(v ->> 'watermark')::timestamptz < g.snapshot_at AND g.snapshot_at < g.swapped_at")"
query_file events.sql <<< "SELECT id, at AT TIME ZONE 'UTC' AS at, amount, generation FROM source"
query_file by_day.sql <<< "SELECT at::date AS day, sum(amount) AS amount, count(*) AS n FROM events GROUP BY 1"
policy
printf '%s\n' "[session]" "timezone = Asia/Kolkata" >> "$work/matswap.ini"
matswap run --dry-run
exits "time: a time without zone is one of the session that builds: half past five earlier" 5
says "time: and that is a watermark that goes back" "^matswap: public\.events: watermark: event_time: "
query_file events.sql <<< "$events"
query_file by_day.sql <<< "SELECT (at AT TIME ZONE 'UTC')::date AS day, sum(amount) AS amount, count(*) AS n FROM events GROUP BY 1"

# ---- 3. Where is the watermark? In the database, with how far it is behind; it does not go back, and not too far ahead.
policy "max_lag = 12h"
matswap run
exits "watermark: too far behind the snapshot" 5
says "watermark: by max_lag" "^matswap: public\.events: .*: max_lag: "
same "watermark: matswap.freshness has where the live one is, and how far that is behind" "t" \
    "$(sql "SELECT watermark = (SELECT max(at) FROM events) AND lag BETWEEN now() - watermark - interval '1 s' AND now() - watermark + interval '1 s'
                   AND last_failure LIKE '%max_lag%' AND last_failure_at > swapped_at FROM matswap.freshness WHERE view = 'events'")"
policy
sql "DELETE FROM source WHERE at = (SELECT max(at) FROM source)"
matswap run
exits "watermark: it would go back" 5
says "watermark: by event_time" "^matswap: public\.events: watermark: event_time: was ${watermark%+*}"
late 301 0 1
matswap run
exits "watermark: advanced by an event" 0
same "watermark: to its time" "t" "$(newest "(v ->> 'watermark')::timestamptz = (SELECT at FROM source WHERE id = 301)")"
sql "UPDATE source SET at = now() + interval '1 year' WHERE id = 301"
matswap run
exits "watermark: an event from the future would close a year" 5
says "watermark: by max_future, which nobody has to ask for" "^matswap: public\.events: .*: max_future: "
sql "UPDATE source SET at = date_trunc('day', now()) + interval '1 second' WHERE id = 301"

# ---- 4. What is the late-data policy, by name?
policy "allowed_lateness = 4d" "late_data = reject"
late 400 2 1
matswap run
exits "late data: out of order within allowed_lateness is tolerated" 0
late 401 7 1
matswap run
exits "late data = reject: later than that" 5
says "late data = reject: by its name" "^matswap: public\.events: late rows: late_data: "
same "late data = reject: is not published" 0 "$(sql "SELECT count(*) FROM events WHERE id = 401")"
policy "allowed_lateness = 4d" "late_data = report"
matswap run
exits "late data = report: is published" 0
says "late data = report: and warned of" "^matswap: warning: public\.events: late rows: late_data: "
same "late data = report: which day it is of is kept with the generation" "1|1" \
    "$(newest "v #>> '{measures,late,older,appeared}', v #>> '{measures,late,buckets,0,appeared}'")"
policy "allowed_lateness = 4d" "late_data = reissue"
late 402 8 5
was=$(sql "SELECT sum(amount), count(*) FROM source WHERE id <> 402")
matswap run
exits "late data = reissue: is published" 0
same "late data = reissue: without a word on standard error" "" "$(grep warning "$work/err")"
same "late data = reissue: the affected day is issued again, and nothing twice" "t" \
    "$(sql "SELECT (SELECT sum(amount) || '|' || sum(n) FROM by_day) = (${was%|*} + 5) || '|' || (${was#*|} + 1)")"
policy "allowed_lateness = 4d" "late_data = reject"
sql "UPDATE source SET amount = 500 WHERE id = 5"
matswap run
exits "late data: a correction of an old event is no late event" 0
same "late data: it takes the place of the old one" "500|t" "$(sql "SELECT amount, (SELECT sum(amount) FROM by_day) = (SELECT sum(amount) FROM source) FROM events WHERE id = 5")"
sql "UPDATE source SET at = at - interval '1 day' WHERE id = 6"
matswap run
exits "late data: an old event that has moved is one that vanished and one that appeared" 5
says "late data: both are counted" "late_data: is 1 appeared, 1 vanished"
sql "UPDATE source SET at = at + interval '1 day' WHERE id = 6"

# ---- 5. How do progress and state stay bound? By one transaction: whoever dies, the record and the data agree.
# The data of the run that the newest row names: its relation serves, its audit rows are there, its watermark is the data's.
bound()
{
    newest "(v ->> 'oid')::oid = 'events'::regclass AND (v ->> 'rows')::bigint = (SELECT count(*) FROM events)
            AND (v ->> 'watermark')::timestamptz = (SELECT max(at) FROM events)
            AND (SELECT count(*) FROM matswap.generation) = (SELECT count(*) FROM refreshes WHERE view_name = 'events' AND status = 'success')"
}
matswap run
exits "binding: a generation" 0
same "binding: coordinate and data agree" "t" "$(bound)"
source "$here/swap-gate.sh"
notices=$(sql "SELECT current_setting('server_version_num')::int >= 140000") # client_connection_check_interval
for when in "before the COMMIT is done" "while it is"; do
    late $((500 + generation)) 0 1
    run_to_gate
    kill -9 "$pid"
    matswap_end
    # its backend is at the gate; there it sees that nobody listens, and rolls back, unless the gate opens before
    [ "$when$notices" != "before the COMMIT is donet" ] || wait_until 20 sql_says f "$at_gate" || not_ok "the backend stays"
    open_gate
    same "binding: killed $when: coordinate and data agree" "t" "$(wait_until 10 sql_says f "$at_gate"; bound)"
    matswap resume
    exits "binding: killed $when: resume" 0
    same "binding: killed $when: and after it" "t" "$(bound)"
    matswap run
    exits "binding: killed $when: the next run" 0
    same "binding: killed $when: has all that was written" "t|t" "$(bound)|$(sql "SELECT (SELECT count(*) FROM source) = (SELECT count(*) FROM events)")"
done
finish
