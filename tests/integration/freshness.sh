#!/bin/bash
# freshness.sh: what the database itself says of generations: the rows of matswap.generation, the queries of
# docs/generations.md as they stand there, matswap.failure and matswap.freshness, also where an older matswap or another
# role has made what is there.
source "$(dirname "$0")/lib.sh"
user=it_freshness_etl
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_freshness WITH (FORCE)' -c "DROP ROLE IF EXISTS $user, ${user}_reader"
}
drop_roles
fresh_database
sql "CREATE SCHEMA other" "CREATE TABLE source (id int, at timestamptz, amount numeric)" \
    "INSERT INTO source SELECT g, '2026-03-01 00:00+00'::timestamptz + g * interval '1 hour', g FROM generate_series(0, 47) AS g" \
    "CREATE TABLE two (k int)" "INSERT INTO two VALUES (1), (2)"
query_file sales.sql <<< "SELECT id, at, amount FROM source"
query_file sales_by_day.sql <<< "SELECT at::date AS day, sum(amount) AS amount FROM sales GROUP BY 1"
query_file other.lonely.sql <<< "SELECT k, 10 / k AS n FROM two"
set=shop
rules()
{
    config "on_failure = isolate"
    printf '%s\n' "[view sales]" "event_time = at" "sums = amount" "$@" >> "$work/matswap.ini"
}
rules

# page COMMENT: the query of docs/generations.md that begins with it
page()
{
    awk -v comment="-- $1" '/^```/ { if (found) exit; text = ""; next } { text = text $0 "\n" } $0 == comment { found = 1 }
                            END { printf "%s", text }' "$root/docs/generations.md"
}
# known MOMENT: what was live then: view|rows|watermark|run
known()
{
    sql "SELECT schema || '.' || view, rows, watermark, run FROM ($(page "what did we know when" |
        sed "s/'2026-11-20 12:00+00'/'$1'/; s/;\$//")) AS k ORDER BY 1"
}
# covered EVENT: the run that published it first
covered()
{
    sql "SELECT run FROM ($(page "since when was it covered" | sed "s/'2026-11-19 23:59+00'/'$1'/; s/;\$//")) AS c"
}
last_run()
{
    sql "SELECT run FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1"
}
now()
{
    sql "SELECT clock_timestamp()"
}
fresh()
{
    sql "SELECT ${1:-view, rows, watermark AT TIME ZONE 'UTC', lag = now() - watermark, coalesce(last_failure, '-')} FROM matswap.freshness WHERE set = 'shop' ORDER BY view"
}

# ---- three generations
before=$(now)
matswap run
exits "the first" 0
first=$(last_run) after_first=$(now)
same "its row has rows, totals and watermark" "sales|48|{\"amount\": \"1128\"}|2026-03-02T23:00:00+00:00|t" \
    "$(sql "SET TimeZone = 'UTC'" "SELECT v ->> 'name', v ->> 'rows', v -> 'totals', v ->> 'watermark', v ? 'measures'
              FROM matswap.generation, jsonb_array_elements(views) AS v WHERE v ->> 'name' = 'sales'" | sed 's/T.*\(|t\)/T23:00:00+00:00\1/')"
same "what is fresh" "lonely|2|||-
sales|48|2026-03-02 23:00:00|t|-
sales_by_day|2|||-" "$(fresh)"
same "granted to nobody" "" "$(sql "SELECT relname FROM pg_class WHERE relnamespace = 'matswap'::regnamespace AND relacl IS NOT NULL")"
sql "INSERT INTO source VALUES (48, '2026-03-03 00:00+00', 100), (49, '2026-03-01 12:30+00', 1)"
matswap run --keep-old
exits "the second" 0
second=$(last_run) after_second=$(now)
sql "DELETE FROM source WHERE id > 47" "INSERT INTO source VALUES (50, '2026-03-04 00:00+00', 7)"
matswap run --only sales --keep-old
exits "a part of the third" 0
third=$(last_run) after_third=$(now)

# ---- what did we know when
same "before the first there was nothing" "" "$(known "$before")"
same "after the first" "other.lonely|2||$first
public.sales|48|2026-03-02T23:00:00+00:00|$first
public.sales_by_day|2||$first" "$(known "$after_first" | sed 's/T[^|]*|/T23:00:00+00:00|/')"
same "after the second" "public.sales|50|$second" "$(known "$after_second" | grep 'sales|' | cut -d '|' -f 1,2,4)"
same "after the third a part is of the second still" "other.lonely|$second
public.sales|$third
public.sales_by_day|$third" "$(known "$after_third" | cut -d '|' -f 1,4)"
same "an event of the first generation" "$first" "$(covered '2026-03-02 10:00+00')"
same "one that came with the second" "$second" "$(covered '2026-03-03 00:00+00')"
same "one that came with the third" "$third" "$(covered '2026-03-03 00:01+00')"
same "one that has not come" "" "$(covered '2026-03-05 00:00+00')"

# ---- a rollback brings back what the second said
matswap rollback
exits "a rollback" 0
same "its row has rows, totals and watermark of what came back, and of when that was built" "t" "$(sql "
    SELECT count(*) = 2 AND bool_and(n.v ->> 'rows' = o.v ->> 'rows' AND n.v -> 'totals' = o.v -> 'totals' AND n.v -> 'measures' = o.v -> 'measures'
                                     AND n.v -> 'watermark' IS NOT DISTINCT FROM o.v -> 'watermark' AND n.snapshot_at = o.snapshot_at)
      FROM (SELECT v, coalesce((v ->> 'snapshot_at')::timestamptz, snapshot_at) AS snapshot_at FROM matswap.generation, jsonb_array_elements(views) AS v WHERE run = '$(last_run)') AS n
      JOIN (SELECT v, snapshot_at FROM matswap.generation, jsonb_array_elements(views) AS v WHERE run = '$second') AS o ON n.v -> 'oid' = o.v -> 'oid'")"
same "what is fresh, too" "sales|50|2026-03-03 00:00:00|t|-" "$(fresh | grep 'sales|')"

# ---- failures
matswap run
exits "a run" 0
rules "max_shrink = 10%"
sql "DELETE FROM source WHERE id > 8 AND id <> 50"
matswap run
exits "a broken rule isolates" 4
same "the view's failure is there, with its rule; and the other's that was kept with it" \
    "sales|isolated|4|max_shrink|public.sales: rows: max_shrink: was 49, is 10, limit 10%
sales_by_day|isolated|4||kept its old generation together with public.sales, which failed" \
    "$(sql "SELECT view, kind, exit_code, rule, message FROM matswap.failure ORDER BY view")"
same "matswap.freshness shows them beside the generation that they kept" "lonely|t|-
sales|f|public.sales: rows: max_shrink: was 49, is 10, limit 10%
sales_by_day|f|kept its old generation together with public.sales, which failed" \
    "$(fresh "view, run = '$(last_run)', coalesce(last_failure, '-')")"
same "what was known does not change by it" "public.sales|49" "$(known "$(now)" | grep 'sales|' | cut -d '|' -f 1,2)"
sql "INSERT INTO two VALUES (0)"
matswap run
exits "now all fail" 5
same "the run's failure is for all" "|rejected|5|
lonely|rejected|5|
sales|rejected|5|max_shrink" "$(sql "SELECT view, kind, exit_code, rule FROM matswap.failure WHERE run <> '$(last_run)' ORDER BY view NULLS FIRST")"
says "each its own" "^lonely\|.*division by zero" <(fresh "view, last_failure")
says "that of another is the run's" "^sales_by_day\|public\.sales: rows: max_shrink: was 49" <(fresh "view, last_failure")
same "and they are later than the data" "t" "$(sql "SELECT bool_and(last_failure_at > swapped_at) FROM matswap.freshness")"
sql "DELETE FROM two WHERE k = 0" "INSERT INTO source SELECT 100 + g, '2026-03-04 00:00+00', 1 FROM generate_series(1, 40) AS g"
matswap run
exits "mended" 0
same "the last failure stays, older than the data" "t" "$(sql "SELECT bool_and(last_failure_at < swapped_at) FROM matswap.freshness")"
count="SELECT count(*) FROM matswap.failure"
n=$(sql "$count")
matswap run --dry-run
sql "INSERT INTO two VALUES (0)"
matswap run --dry-run
exits "a dry run that fails in part" 4
sql "DELETE FROM two WHERE k = 0" "DELETE FROM source"
matswap run --dry-run --only sales
exits "one that is rejected" 5
same "writes nothing" "$n" "$(sql "$count")"
matswap run --only sales
exits "a part that is rejected" 5
same "is no failure of the rest" "lonely|t
sales|f
sales_by_day|f" "$(fresh "view, coalesce(last_failure_at < swapped_at, true)")"

# ---- what has left the set leaves with the next whole run
query_file gone.sql <<< "SELECT 1 AS one"
sql "INSERT INTO source SELECT g, '2026-03-05 00:00+00', g FROM generate_series(0, 50) AS g"
matswap run
exits "a view more" 0
rm "$work/queries/gone.sql"
matswap run --only sales
same "a run of a part says nothing of the rest" "gone lonely sales sales_by_day" "$(fresh view | xargs)"
sql "INSERT INTO two VALUES (0)"
matswap run
exits "nor does one that kept a view" 4
same "of which the newest is known" "gone lonely sales sales_by_day" "$(fresh view | xargs)"
sql "DELETE FROM two WHERE k = 0"
matswap run
exits "a whole one" 0
same "does" "lonely sales sales_by_day" "$(fresh view | xargs)"
same "and what did we know when knows that it is still there" 4 "$(known "$(now)" | wc -l)"

# ---- a failure that cannot be written is a warning, and the exit code is the failure's
sql "ALTER TABLE matswap.failure ADD CONSTRAINT never CHECK (false) NOT VALID"
sql "DELETE FROM source"
matswap run --only sales
exits "matswap.failure takes no row" 5
says "which is said" "^matswap: warning: the failure of the run could not be recorded in the database: .*never"
sql "ALTER TABLE matswap.failure DROP CONSTRAINT never"

# ---- a watermark that is no time does not make the view fail
watermark()
{
    sql "UPDATE matswap.generation SET views = (SELECT jsonb_agg(v || jsonb_build_object('watermark', '$1'::text)) FROM jsonb_array_elements(views) AS v)"
    sql "SET TimeZone = 'UTC'" "SELECT DISTINCT watermark AT TIME ZONE 'UTC' FROM matswap.freshness" 2>&1
}
for text in 2026-02-30 0000-01-01 infinity 2100-02-29 2026-13-01T00:00:00 '2026-01-01 24:00:00' 99999-01-01 x '' '2026-01-01T00:00:00+16'; do
    same "no watermark: '$text'" "" "$(watermark "$text")"
done
for text in '2024-02-29|2024-02-29 00:00:00' '2000-02-29T12:00:00Z|2000-02-29 12:00:00' '2026-01-31 23:59:59.999999-05:30|2026-02-01 05:29:59.999999'; do
    same "a watermark: ${text%|*}" "${text#*|}" "$(watermark "${text%|*}")"
done

# ---- an older matswap's installation, and roles
sql "DROP VIEW matswap.freshness" "DROP TABLE matswap.failure" "TRUNCATE matswap.generation" \
    "INSERT INTO source VALUES (1, '2026-03-06 00:00+00', 1)"
rules
matswap run
exits "only matswap.generation is there" 0
same "the others come" "failure freshness generation" "$(sql "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'matswap'::regnamespace AND relkind IN ('r', 'v')")"
sql "CREATE VIEW dashboard AS SELECT view, lag FROM matswap.freshness" "COMMENT ON VIEW matswap.freshness IS 'how fresh the views are that matswap publishes; definition 0'"
matswap run
same "one that is older is replaced, whoever reads it" "how fresh the views are that matswap publishes; definition 1" "$(sql "SELECT obj_description('matswap.freshness'::regclass)")"
sql "COMMENT ON VIEW matswap.freshness IS 'how fresh the views are that matswap publishes; definition 99'"
matswap run
same "one that is newer is not" "how fresh the views are that matswap publishes; definition 99" "$(sql "SELECT obj_description('matswap.freshness'::regclass)")"
sql "DROP VIEW dashboard" "DROP VIEW matswap.freshness" "DROP TABLE matswap.failure"

sql "CREATE ROLE $user LOGIN" "CREATE ROLE ${user}_reader" "GRANT CREATE ON DATABASE it_freshness TO $user" \
    "GRANT CREATE ON SCHEMA public, other TO $user" "GRANT SELECT ON source, two TO $user" "GRANT USAGE ON SCHEMA other TO $user" \
    "GRANT USAGE ON SCHEMA matswap TO $user" "GRANT SELECT, INSERT ON matswap.generation TO $user" \
    "ALTER MATERIALIZED VIEW sales OWNER TO $user" "ALTER MATERIALIZED VIEW sales_by_day OWNER TO $user" "ALTER MATERIALIZED VIEW other.lonely OWNER TO $user"
config "on_failure = isolate" "conninfo = user=$user"
matswap run
exits "a role that may not create them runs as before" 0
says "it is warned" "^matswap: warning: failures are not recorded in the database: there is no matswap\.failure, and role $user may not create it; GRANT CREATE ON SCHEMA matswap TO $user"
matswap check
exits "check passes" 0
same "and prints what to grant" "GRANT CREATE ON SCHEMA matswap TO $user;" "$(grep -v '^--' "$work/out")"
psql -Xq -v ON_ERROR_STOP=1 -f "$work/out" || not_ok "the statements do not work"
matswap run
exits "with it" 0
same "they come" "$user $user" "$(sql "SELECT string_agg(relowner::regrole::text, ' ') FROM pg_class WHERE relname IN ('failure', 'freshness') AND relnamespace = 'matswap'::regnamespace")"
matswap check
same "nothing more to say" "" "$(cat "$work/out"; grep warning "$work/err")"
sql "GRANT USAGE ON SCHEMA matswap TO ${user}_reader" "GRANT SELECT ON matswap.freshness TO ${user}_reader"
same "one grant is enough to read it" 3 "$(sql "SET ROLE ${user}_reader" "SELECT count(*) FROM matswap.freshness")"
sql "REVOKE ALL ON matswap.failure FROM $user" "ALTER TABLE matswap.failure OWNER TO CURRENT_USER" "ALTER VIEW matswap.freshness OWNER TO CURRENT_USER" \
    "COMMENT ON VIEW matswap.freshness IS 'how fresh the views are that matswap publishes; definition 0'"
matswap check
exits "another's are no reason to refuse" 0
same "check prints what to grant" "GRANT SELECT, INSERT ON matswap.failure TO $user;" "$(grep -v '^--' "$work/out")"
says "and says whose view to replace it is not" "^matswap: warning: matswap\.freshness is an older matswap's or somebody else's, and not role $user's to replace"
drop_roles
finish
