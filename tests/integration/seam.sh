#!/bin/bash
# The seam: what a generation does not contain. Rows that are written to its sources while it is built are counted, per
# table with its partitions; a rewritten table, lost counters and foreign tables are named; it goes to the report, the
# journal and matswap.generation, and an interrupted run still knows it.
. "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE orders (id int, day date) PARTITION BY RANGE (day)" \
    "CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')" \
    "CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')" \
    "CREATE TABLE customer (id int)" "CREATE TABLE \"Odd name\" (id int)" "CREATE TABLE fourth (id int)" \
    "INSERT INTO orders VALUES (1, '2026-01-05'), (2, '2026-02-05')" "INSERT INTO customer VALUES (1)" \
    "CREATE VIEW between_them AS SELECT * FROM orders" \
    "CREATE TABLE gates (place text PRIMARY KEY)" \
    "CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql AS \$\$
     BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN true; END \$\$" \
    "CREATE EXTENSION file_fdw" "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw" \
    "CREATE FOREIGN TABLE file (line text) SERVER files OPTIONS (filename '/dev/null')"
query_file all_orders.sql <<< "SELECT * FROM between_them WHERE (SELECT gate())"
query_file customers.sql <<< "SELECT c.id FROM customer AS c LEFT JOIN \"Odd name\" AS o USING (id) LEFT JOIN fourth USING (id)"
query_file on_top.sql <<< "SELECT count(*) AS n FROM all_orders WHERE (SELECT gate())"
query_file lines.sql <<< "SELECT line FROM file"
config "jobs = 2"

# counted TABLE N: the server says so, which it does a little after the commit
counted()
{
    wait_until 20 sql_says "$2" "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_all_tables WHERE relid = '$1'::regclass" ||
        not_ok "$1 is not counted"
}

# seam_of_views: from the newest row of matswap.generation
seam_of_views()
{
    sql "SELECT v ->> 'name', v -> 'seam'
           FROM (SELECT * FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1) AS g, jsonb_array_elements(g.views) AS v
          ORDER BY 1"
}

in_journal()
{
    python3 - "$work/state/journal.db" << 'EOT'
import json, sqlite3, sys
seam, = sqlite3.connect(sys.argv[1]).execute("SELECT seam FROM run ORDER BY id DESC LIMIT 1").fetchone()
seam = json.loads(seam)
print(*[f"{t['table']}:{t['written']}:{t['rewritten']}" for t in seam["tables"]], *seam["foreign"])
EOT
}

# begin_run ARGUMENT...: to where all_orders has its snapshot and waits
begin_run()
{
    session_begin gate
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    matswap_begin "$@"
    wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity
                               WHERE application_name LIKE 'matswap/%' AND wait_event = 'advisory' AND datname = current_database()" ||
        not_ok "the run does not come to the gate: $(cat "$work/err")"
}

end_run()
{
    session_end gate
    matswap_end
}

counted orders_1 1; counted orders_2 1; counted customer 1
matswap run
exits "a run without writes" 0
same "says nothing of a seam" "" "$(grep seam "$work/err")"
# shellcheck disable=SC2046,SC2116 # lines become words
same "but the journal and the row know that there was none" \
    'public."Odd name":0:False public.customer:0:False public.fourth:0:False public.orders:0:False public.file all_orders|[] customers|[] lines| on_top|' \
    "$(echo $(in_journal) $(seam_of_views))"
says "a foreign table is named" 'foreign +not of the snapshot, but as each view found it: public.file$'
matswap --verbose run
says "--verbose says that nothing was written" 'seam +nothing was written to its source tables since the snapshot of 20.*\(estimate\)'

begin_run run
sql "INSERT INTO orders SELECT g, '2026-01-05' FROM generate_series(1, 1000) AS g" \
    "INSERT INTO orders SELECT g, '2026-02-05' FROM generate_series(1, 234) AS g" \
    "UPDATE customer SET id = 2" "INSERT INTO \"Odd name\" VALUES (1), (2)"
counted orders_1 1001; counted orders_2 235; counted customer 2; counted '"Odd name"' 2
end_run
exits "a run with writes" 0
says "what was written is counted" \
    'seam +not in this generation \(estimate\): public.orders about 1,234 rows written, public."Odd name" about 2 rows written, public.customer about 1 row written since the snapshot of 20[0-9-]+T'
same "each view's row has its own" 'all_orders|[{"table": "public.orders", "written": 1234, "rewritten": false}]
customers|[{"table": "public.\"Odd name\"", "written": 2, "rewritten": false}, {"table": "public.customer", "written": 1, "rewritten": false}]
lines|
on_top|' "$(seam_of_views)"
same "the journal has all" 'public.orders:1234:False public."Odd name":2:False public.customer:1:False public.fourth:0:False public.file' \
    "$(in_journal)"
same "and the views are of the snapshot" "2|1" "$(sql "SELECT (SELECT count(*) FROM all_orders), (SELECT id FROM customers)")"

# Another process swaps: it knows what the first one had read.
matswap run --until=validated
exits "a run up to the validation" 0
sql "CREATE TABLE orders_3 PARTITION OF orders FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')" \
    "INSERT INTO orders SELECT g, '2026-03-05' FROM generate_series(1, 7) AS g" \
    "INSERT INTO fourth VALUES (1)" "INSERT INTO \"Odd name\" VALUES (3)" "TRUNCATE customer"
counted orders_3 7; counted fourth 1; counted '"Odd name"' 3
matswap resume
exits "the rest of it" 0
says "a resumed run knows the seam, with a new partition" \
    'seam +not in this generation.*: public.customer truncated or rewritten, public.orders about 7 rows written, public."Odd name" about 1 row written, and 1 more table since the snapshot of'

# What cannot be known is said to be so.
matswap run --until=validated
sql "INSERT INTO customer VALUES (9)"
counted customer 3
sql "SELECT pg_stat_reset_single_table_counters('customer'::regclass)" > /dev/null
counted customer 0
matswap resume
exits "a run whose sources lost their counters" 0
says "they are not known" 'seam .*public.customer \(not known: its counters are lost\)'

matswap run --until=validated
sql "DROP TABLE orders_3"
matswap resume
exits "a run that lost a partition" 0
says "nor is what was written to that" 'seam .*: public.orders \(not known: its counters are lost\) since'

# A dry run says it. So does a run whose view was complete when its source was truncated.
before=$(sql "SELECT n_tup_ins FROM pg_stat_all_tables WHERE relid = 'fourth'::regclass")
begin_run run --dry-run
sql "INSERT INTO fourth VALUES (2), (3)"
counted fourth $((before + 2))
end_run
exits "a dry run" 0
says "a dry run says it" 'seam .*: public.fourth about 2 rows written since'
begin_run run
wait_until 20 grep -q 'built  *public.customers' "$work/err" || not_ok "customers is not built"
sql "TRUNCATE fourth"
end_run
exits "a run during which a source was truncated that was read before" 0
says "says so" 'seam .*: public.fourth truncated or rewritten since'

# A resume under a new snapshot counts from there.
matswap run --until=built
exits "a run up to the build" 0
sql "INSERT INTO orders SELECT g, '2026-01-05' FROM generate_series(1, 50) AS g" "DROP MATERIALIZED VIEW public_new.on_top"
counted orders_1 1051
begin_run resume
sql "INSERT INTO orders SELECT g, '2026-01-05' FROM generate_series(1, 3) AS g"
counted orders_1 1054
end_run
exits "a resume under a second snapshot" 0
says "counts from the newest" 'seam .*: public.orders about 3 rows written since the newest of its snapshots, of 20'
same "nothing is left over" "" "$(leftovers)"
finish
