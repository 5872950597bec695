#!/bin/bash
# init.sh: what `init` writes from a live database can be used as it is: whatever the names are, a run of it changes nothing for
# pg_dump, and each rule that it proposes is one. What a run needs in the set comes along; what cannot be in it is left out, by
# name; nothing is ever overwritten, and a failure leaves nothing. (surroundings.sh has every attribute that a view can carry,
# init-tables.sh --tables.)
source "$(dirname "$0")/lib.sh"

roles='it_init_etl, it_init_owner, it_init_reader, "it_init Q"'
PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_init WITH (FORCE)' -c "DROP ROLE IF EXISTS $roles"
fresh_database
export XDG_STATE_HOME=$work/state

# init ARGUMENT...: as lib.sh's matswap
init()
{
    code=0
    (cd "$work" && "$MATSWAP" init "$@") > "$work/out" 2> "$work/err" < /dev/null || code=$?
}
# use FOLDER COMMAND...: with the configuration that is there
use()
{
    code=0
    (cd "$work" && "$MATSWAP" -c "$1/matswap.ini" "${@:2}") > "$work/out" 2> "$work/err" < /dev/null || code=$?
}
files()
{
    (cd "$work/$1" && find . -type f | LC_ALL=C sort | tr '\n' ' ')
}
# proposals FOLDER: takes the # from each proposal
proposals()
{
    sed -i 's/^#\([^ #]\|    \)/\1/' "$work/$1/matswap.ini"
}

# ---- names ---------------------------------------------------------------------------------------------------

quoted()
{
    printf '"%s"' "${1//\"/\"\"}"
}
newline=$'two\nlines; DROP TABLE data.events -- '
long=$(printf 'Long %s: \xc3\xa4 %s' "'n\"ame" "$(printf 'x%.0s' {1..60})" | head -c 63)
names=(sales Sales SALES .hidden ../up /etc -rf 'a/b' 'a_b' 'a;b' 'semi ;colon' 'two  blanks' 'br]acket' '%s%n' 'Q"uote' 'größe' 'CON'
    "$newline" $'carriage\rreturn' "$long" select $'right\u202eleft')
sql "CREATE ROLE it_init_etl LOGIN" "CREATE ROLE it_init_owner" "CREATE ROLE it_init_reader" "CREATE ROLE \"it_init Q\"" \
    "CREATE SCHEMA data" "CREATE SCHEMA \"Sch.e/ma\"" \
    "CREATE TABLE data.events AS SELECT g AS id, now() - g * interval '1 hour' AS happened, g * 1.5::numeric AS amount,
       g % 3 AS kind_id, now() + interval '9 days' AS expires FROM generate_series(1, 400) AS g" || { not_ok "set up"; finish; }
statements=()
for view in "${names[@]}"; do
    statements+=("CREATE MATERIALIZED VIEW $(quoted "$view") AS SELECT id, happened AS $(quoted "$view"), amount AS \"Sum ;of\" FROM data.events"
        "CREATE UNIQUE INDEX ON $(quoted "$view") (id)"
        "COMMENT ON MATERIALIZED VIEW $(quoted "$view") IS E'it\\'s \\\\ -- \"one\"\\nof /* two'"
        "COMMENT ON COLUMN $(quoted "$view").id IS 'key'" "GRANT SELECT ON $(quoted "$view") TO \"it_init Q\"")
done
sql "${statements[@]}" || { not_ok "set up"; finish; }
sql "CREATE MATERIALIZED VIEW \"Sch.e/ma\".sales AS SELECT s.kind_id, t.\"Sales\" FROM data.events AS s JOIN public.\"Sales\" AS t USING (id)" \
    "CREATE VIEW between_them AS SELECT id, \"Sum ;of\" AS part FROM sales" "CREATE VIEW above AS SELECT * FROM between_them" \
    "CREATE MATERIALIZED VIEW daily AS SELECT e.happened::date AS day, count(*) AS events, sum(e.amount) AS amount, sum(b.part) AS part,
       min(e.kind_id) AS kind_id, max(e.expires) AS expires FROM data.events AS e JOIN between_them AS b USING (id) GROUP BY 1" \
    "CREATE UNIQUE INDEX daily_day ON daily (day)" "CREATE STATISTICS daily_events ON day, events FROM daily" \
    "COMMENT ON INDEX daily_day IS 'by day'" "COMMENT ON STATISTICS daily_events IS 'together'" \
    "GRANT SELECT (day), UPDATE (events) ON daily TO it_init_reader WITH GRANT OPTION" \
    "CREATE MATERIALIZED VIEW empty AS SELECT kind_id FROM data.events WITH NO DATA" "ANALYZE" || { not_ok "set up"; finish; }
before=$(schema_dump)

init shop
exits "init" 0
same "a file for each, plain names where they can be" \
    "./matswap.ini ./queries/%s ./queries/CON.sql ./queries/SALES-# ./queries/Sales-# ./queries/a_b-# ./queries/a_b.sql ./queries/between_them.sql ./queries/daily.sql ./queries/empty.sql ./queries/sales.sql ./queries/select.sql" \
    "$(files shop | tr ' ' '\n' | sed -E 's/-[0-9a-f]{8}\.sql/-#/; s/^\.\/queries\/_s_n-#$/.\/queries\/%s/' |
       grep -E 'ini|%s|CON|sales|SALES|Sales-|a_b|between|daily|empty|select' | grep -v Sch | sort -u | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
same "no two of them are the same file where case counts for nothing" "" "$(cd "$work/shop/queries" && ls | tr A-Z a-z | sort | uniq -d)"
same "as many as there are views" $((${#names[@]} + 4)) "$(ls "$work/shop/queries" | wc -l)"
same "their names are plain" "" "$(ls "$work/shop/queries" | LC_ALL=C grep -vxE '[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)?\.sql')"
same "the configuration is its owner's alone" 600 "$(stat -c %a "$work/shop/matswap.ini")"
says "it says why a view came along" "adopted +public\.between_them .*queries/between_them\.sql, since it stands between materialized views of the set"
says "and that one has no rows yet" "warning: public\.empty has never been populated"
says "and what to type next" "next +matswap -c shop/matswap.ini check"
same "nothing is printed for a machine" "" "$(cat "$work/out")"
says "grants are comments" '^-- GRANT SELECT ON TABLE public\.sales TO "it_init Q";$' "$work/shop/queries/sales.sql"

use shop check
exits "check accepts it" 0
use shop run
exits "a run of it" 0
same "the database is the same afterwards" "$before" "$(schema_dump)"
same "its rows too" "400|400" "$(sql "SELECT (SELECT count(*) FROM sales), count(*) FROM $(quoted "$newline")")"

# ---- proposals -----------------------------------------------------------------------------------------------

says "the key of a unique index" '^#unique       = "day"$' "$work/shop/matswap.ini"
says "a column that is a time, and not in the future" '^#event_time   = "day"$' "$work/shop/matswap.ini"
says "the sums of what is no key" '^#sums         = events, amount, part$' "$work/shop/matswap.ini"
same "no rule for a view that the file cannot say" "" "$(grep -E '^#\[.*(semi|blanks|lines|carriage)' "$work/shop/matswap.ini")"
says "but for names that look odd" '^#\[view public\."br\]acket"\]$' "$work/shop/matswap.ini"
proposals shop
sed -i '/^\[view \*\]/a severity.min_rows = warn' "$work/shop/matswap.ini"
use shop check
exits "check accepts all proposals" 0
sed -i '/^keep_old/d' "$work/shop/matswap.ini"
use shop run
exits "a run with all of them" 0
same "they are judged" "ok ok ok ok" "$(for rule in '"day": unique' 'sum(amount): tolerance' 'watermark: event_time' 'rows: max_shrink'; do
    grep -F "$rule" "$work/out" | awk '$1 == "public.daily" { print $NF }'; done | tr '\n' ' ' | sed 's/ $//')"
same "the journal is where the proposal puts it" yes "$([ -e "$work/shop/journal.db" ] && echo yes)"

# ---- a second time, another way ------------------------------------------------------------------------------

init shop
exits "what is there is not overwritten" 2
says "by name: the configuration" "shop/matswap.ini: it exists; init never overwrites"
says "by name: the folder" "shop/queries: it exists; init never overwrites"
mkdir -p "$work/mine/.git"
echo "all: check" > "$work/mine/Makefile"
init --from 'dbname=it_init' --set other --grants --schema 'Sch.e/ma' mine/
exits "into a folder with other things in it" 0
same "one schema, and what a run needs besides" "./Makefile ./matswap.ini ./queries/sales.sql " "$(files mine)"
says "conninfo is" '^conninfo     = dbname=it_init$' "$work/mine/matswap.ini"
says "the set's name is" '^set          = other$' "$work/mine/matswap.ini"
says "the schema is" '^schema       = "Sch.e/ma"$' "$work/mine/matswap.ini"
init --schema public --grants ours
says "what reads the schema comes along" 'adopted +"Sch.e/ma"\.sales .*since it reads public\."Sales"'
says "grants are stated when asked for" '^GRANT UPDATE \(events\), SELECT \(day\) ON|^GRANT SELECT \(day\), UPDATE \(events\) ON TABLE public\.daily TO it_init_reader WITH GRANT OPTION;$' "$work/ours/queries/daily.sql"
use ours check
exits "check accepts it with grants" 0

# ---- what is wrong with the command line ----------------------------------------------------------------------

# refuses WHAT PATTERN ARGUMENT...: exit 2, and nothing is left
refuses()
{
    init "${@:3}" no
    exits "$1" 2
    says "$1: it is told" "$2"
    same "$1: nothing was written" "" "$(ls -A "$work" | grep -E '^no$|^\.matswap')"
}
refuses "a password" "--from holds a password, which would end in a process list or a log" --from 'dbname=it_init password=secret'
same "it is not repeated" "" "$(grep secret "$work/err")"
refuses "no connection string" "--from: libpq knows no option dbnmae; did you mean dbname" --from 'dbnmae=it_init'
refuses "a connection string that the file cannot hold" "--from cannot be written into a configuration" --from "dbname=it_init options='-c a=b  -c d=e'"
refuses "no name of a set" "--set = A b is not a name for a set" --set 'A b'
refuses "an empty --from" "--from has an empty value" --from ''
refuses "a schema without views" "schema pulbic of database it_init has no materialized view to adopt; did you mean public" --schema pulbic
PGDATABASE=postgres refuses "a database without views" "database postgres has no materialized views to adopt"
init --from 'dbname=it_init_nowhere' no
exits "no database" 1
says "it is told" "cannot connect to the server; check that it runs, conninfo in the command line, and the PG\* environment variables"

# ---- failures ------------------------------------------------------------------------------------------------

init "$work/nowhere/shop"
exits "a folder in no folder" 1
says "is told" "nowhere/shop: cannot write there: No such file or directory; make the folder that it is to be in"
touch "$work/file"
init file
exits "a file in the way" 2
says "is told" "file: it exists, and is no folder"
code=0
(trap '' XFSZ && cd "$work" && ulimit -f 1 && "$MATSWAP" init full) > "$work/out" 2> "$work/err" || code=$?
exits "a full disk" 1
says "is told" "full/.*: cannot write it: File too large"
same "nothing is left of it" "" "$(ls -A "$work" | grep -E '^full$|^\.matswap')"
same "nor in the database" "" "$(leftovers)"

# ---- what cannot be adopted -----------------------------------------------------------------------------------

sum=$(printf 'id + %.0s' {1..2200})
sql "CREATE SCHEMA etl" "GRANT CREATE ON DATABASE it_init TO it_init_etl" "GRANT USAGE, CREATE ON SCHEMA etl TO it_init_owner, it_init_etl" \
    "GRANT USAGE ON SCHEMA data TO it_init_owner, it_init_etl" "GRANT SELECT ON data.events TO it_init_owner, it_init_etl" \
    "DROP SCHEMA matswap CASCADE" \
    "SET ROLE it_init_etl" "CREATE MATERIALIZED VIEW etl.base AS SELECT id, kind_id FROM data.events" \
    "CREATE MATERIALIZED VIEW etl.free AS SELECT id FROM data.events" "CREATE MATERIALIZED VIEW etl.deep AS SELECT ${sum}1 AS total FROM etl.free" \
    "CREATE MATERIALIZED VIEW etl.alone AS SELECT id FROM data.events" "GRANT SELECT ON etl.base TO it_init_owner" "RESET ROLE" \
    "SET ROLE it_init_owner" "CREATE VIEW etl.seen AS SELECT id FROM etl.base" "CREATE MATERIALIZED VIEW etl.theirs AS SELECT count(*) FROM etl.seen" \
    "GRANT SELECT ON etl.theirs TO it_init_etl" "RESET ROLE" "SET ROLE it_init_etl" \
    "CREATE MATERIALIZED VIEW etl.reader AS SELECT * FROM etl.theirs" "RESET ROLE" \
    "CREATE EXTENSION IF NOT EXISTS plpgsql" "CREATE MATERIALIZED VIEW etl.packed AS SELECT 1 AS one" "ALTER MATERIALIZED VIEW etl.packed OWNER TO it_init_etl" \
    "ALTER EXTENSION plpgsql ADD MATERIALIZED VIEW etl.packed" || { not_ok "set up"; finish; }
init --from 'dbname=it_init user=it_init_etl' --schema etl etl
exits "some can be adopted" 0
same "these" "./matswap.ini ./queries/alone.sql ./queries/reader.sql " "$(files etl)"
says "another role's" "warning: etl\.theirs is left out: it is owned by it_init_owner, and role it_init_etl may not act for it; GRANT it_init_owner TO it_init_etl"
says "what that one reads" "warning: etl\.base is left out: etl\.theirs, which cannot be in the set, reads it; see etl\.theirs"
says "an extension's" "warning: etl\.packed is left out: it belongs to extension plpgsql; ALTER EXTENSION plpgsql DROP MATERIALIZED VIEW etl\.packed"
says "what the parser cannot read" "warning: etl\.deep is left out: matswap cannot read its definition: more than [0-9]+ operators"
says "and what that one reads" "warning: etl\.free is left out: etl\.deep, which cannot be in the set, reads it"
use etl check
exits "check accepts the rest" 0
init --from 'dbname=it_init user=it_init_etl' --schema etl etl2
psql -Xq -v ON_ERROR_STOP=1 -f "$work/out" > "$work/applied" 2>&1
same "the statements can be executed as they are printed" "" "$(cat "$work/applied")"
init --from 'dbname=it_init user=it_init_etl' --schema etl etl3
same "and help" "./matswap.ini ./queries/alone.sql ./queries/base.sql ./queries/reader.sql ./queries/seen.sql ./queries/theirs.sql " "$(files etl3)"
use etl3 check
exits "check accepts that" 0

# ---- beside the generations of a set --------------------------------------------------------------------------

use etl3 run --keep-old
exits "a run that keeps the old generation" 0
init etl4
exits "init of all schemas" 0
same "what a set keeps is none of it" "$(files etl3 | tr ' ' '\n' | grep -c sql)" "$(ls "$work/etl4/queries" | grep -c '^etl')"
sql "CREATE SCHEMA pair" "CREATE SCHEMA pair_new" "CREATE MATERIALIZED VIEW pair.a AS SELECT 1 AS id" \
    "CREATE MATERIALIZED VIEW pair_new.a AS SELECT 1 AS id"
init --schema pair --schema pair_new pair
exits "schemas that are in each other's way" 2
says "are told" "pair_new.*suffix"
same "nothing is left of it" "" "$(ls -A "$work" | grep -E '^pair$|^\.matswap')"

# ---- a view that is locked meanwhile --------------------------------------------------------------------------

session_begin refresh
session refresh "BEGIN; REFRESH MATERIALIZED VIEW etl.alone;" > /dev/null
(cd "$work" && "$MATSWAP" init --schema etl etl5) > "$work/out" 2> "$work/err" < /dev/null &
pid=$!
wait_until 10 sql_says 1 "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'matswap/init/init' AND wait_event_type = 'Lock'"
session refresh "COMMIT;" > /dev/null
matswap_end
exits "init waits for a REFRESH" 0

PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_init WITH (FORCE)' -c "DROP ROLE IF EXISTS $roles"
finish
