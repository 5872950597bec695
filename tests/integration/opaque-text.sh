#!/bin/bash
# Names and queries that a view holds as text are told of by check, run and plan: by file, line and column, once each,
# with a way out that works; what the text was found to do without it is shown. An ordinary set gives no such warning.
. "$(dirname "$0")/lib.sh"

# warnings: the places, without the advice
warnings()
{
    sed -nE 's/^matswap: warning: .*queries\/([^ ]+: [^:]+): .*$/\1/p' "$work/err"
}

fresh_database
sql "CREATE SCHEMA app; CREATE SCHEMA far; CREATE TABLE source AS SELECT g AS id FROM generate_series(1, 3) g"
config 'schema = app'
printf '[session]\nsearch_path = app, public\n' >> "$work/matswap.ini"
query_file orders.sql <<< 'SELECT id FROM source'
query_file far.lonely.sql <<< 'SELECT id FROM app.orders'
query_file plain.sql <<'SQL'
SELECT 'app.orders'::regclass AS a, 'far.lonely' AS b, to_regclass('public.source') AS c FROM orders
SQL

matswap check
exits "an ordinary set is checked" 0
same "an ordinary set is not warned of" "" "$(warnings)"
matswap run
exits "an ordinary set is built" 0
same "a run of it does not warn either" "" "$(warnings)"

query_file v.sql <<'SQL'
SELECT to_regclass('app.orders') AS called,
       ('app.' || 'orders')::regclass AS computed,
       'far.lonely'::regclass::text AS shown,
       query_to_xml('SELECT count(*) FROM app.orders', false, false, '')::text AS queried
  FROM (SELECT FROM orders LIMIT 1) o, (SELECT FROM far.lonely LIMIT 1) l
SQL
places="v.sql:1:8: to_regclass in app.v
v.sql:2:28: a cast to regclass in app.v
v.sql:3:8: the text of a regclass constant in app.v
v.sql:4:8: query_to_xml in app.v"
matswap check
exits "text is no reason to refuse a set" 0
same "check tells each place" "$places" "$(warnings)"
says "the warning names a way out" "v\.sql:1:8: .*'schema\.name'::regclass"
matswap plan
exits "the plan is printed" 0
says "the plan has a section for them" '^text that the parser cannot see into:$' "$work/out"
says "the plan names the place" '^  app\.v  .*v\.sql:3:8  the text of a regclass constant$' "$work/out"
matswap plan --offline --format=json
says "the plan as JSON has them" '"what":"query_to_xml","file":"[^"]*v\.sql","line":4,"column":8' "$work/out"
matswap --quiet run
exits "the set is built" 0
same "a quiet run tells each place too" "$places" "$(warnings)"
same "the text does keep the name of the build schema" "far_new.lonely" "$(sql "SELECT shown FROM app.v")"
sql "INSERT INTO source VALUES (4)"
matswap --quiet run
exits "the set is built again" 0
same "what was looked up as text is of the old generation" "f|f|<count>3</count>" "$(sql "SELECT
    EXISTS (SELECT FROM pg_class c WHERE c.oid = called), EXISTS (SELECT FROM pg_class c WHERE c.oid = computed),
    substring(queried FROM '<count>.*</count>') FROM app.v")"

# What the warnings advise.
query_file v.sql <<'SQL'
SELECT 'app.orders'::regclass AS called, 'app.orders'::regclass AS computed, 'far.lonely' AS shown,
       (SELECT count(*) FROM app.orders) AS queried
SQL
sql "INSERT INTO source VALUES (5)"
matswap run
exits "the corrected set is built" 0
same "it is not warned of" "" "$(warnings)"
same "its names are those of the live generation" "app.orders|app.orders|far.lonely|5" "$(sql "SELECT * FROM app.v")"

# A function's body is text too.
sql "CREATE TABLE app.preorders (i int)" \
    "CREATE FUNCTION orders_now() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM app.orders'" \
    "CREATE FUNCTION no_orders_here() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM app.preorders'"
query_file v.sql <<'SQL'
SELECT public.orders_now() AS called, public.no_orders_here() AS other FROM app.orders
SQL
matswap check
exits "a set that calls functions is not refused" 0
says "the function that names a view is named" '^matswap: warning: function (public\.)?orders_now\(\), which app\.v calls, has the name orders in its body'
same "the one that names another relation is not" 0 "$(grep -c no_orders_here "$work/err")"

code=0
(cd "$root" && "$MATSWAP" -c conf/gitcoin.ini plan --offline) > "$work/out" 2> "$work/err" < /dev/null || code=$?
exits "the Gitcoin set is planned" 0
same "the Gitcoin set has no such place" 0 "$(grep -c 'cannot see' "$work/out")"
finish
