#!/bin/bash
# servers.sh: every command on every major version of PostgreSQL that scripts/pg-versions has.
# own-cluster
#
# On each: a set in two schemas with all that can surround a view is run, run again, checked, rehearsed, stopped and
# resumed, killed, rolled back, and read with a snapshot older than the swap. After each of these the catalog's words on
# what surrounds the live views are the same, their contents right, and nothing is left over. Then the same as a role
# that is no superuser; then surroundings.sh, and the unit tests that start servers. A version that can't be had is skipped, and so is
# pg_dump's opinion where the pg_dump in PATH is older than the server. SERVERS="16 17" does just these.
source "$(dirname "$0")/../lib.sh"
root=$(cd "$here/../../.." && pwd)

owner=it_servers_owner reader=it_servers_reader other=it_servers_other app=it_servers_app
system_major=$(psql --version | grep -oE '[0-9]+' | head -n 1)
test_name=$name

write_set()
{
    query_file orders.sql << 'END'
SELECT id, region, amount, at FROM source
END
    query_file sales/regions.sql << 'END'
CREATE MATERIALIZED VIEW sales.regions AS
SELECT region, public.label(region) AS label, count(*) AS orders, sum(amount) AS amount
  FROM public.orders
 GROUP BY region;
CREATE UNIQUE INDEX ON sales.regions (region);
CREATE INDEX ON sales.regions (lower(label), (orders * 2)) WHERE orders > 1;
COMMENT ON MATERIALIZED VIEW sales.regions IS 'from the file';
END
    query_file days.sql << 'END'
CREATE MATERIALIZED VIEW IF NOT EXISTS days (day, orders, amount) AS
SELECT at::date, count(*), sum(o.amount) FROM orders AS o GROUP BY 1 WITH DATA;
CREATE STATISTICS days_pairs (dependencies) ON orders, amount FROM days;
END
    query_file busy.sql <<< "CREATE VIEW busy AS SELECT d.day, d.orders, r.region
      FROM days AS d CROSS JOIN sales.regions AS r WHERE d.orders > 10;"
    query_file sales.top.sql <<< "WITH regions AS (SELECT * FROM sales.regions)
      SELECT b.day, count(*) AS n, max(regions.amount) AS amount FROM busy AS b JOIN regions USING (region) GROUP BY 1"
    query_file slow.sql <<< "SELECT count(*) AS n, (pg_sleep((SELECT seconds FROM pause)) IS NULL) AS slept FROM orders"
    query_file bare.sql <<< "SELECT id, region FROM orders WHERE id % 2 = 0"
}

make_source()
{
    sql "CREATE SCHEMA sales" "CREATE TABLE source (id int PRIMARY KEY, region text, amount numeric, at timestamptz)" \
        "INSERT INTO source SELECT g, 'r' || g % 7, g * 1.5, '2026-01-01'::timestamptz + g * interval '1 hour'
           FROM generate_series(1, 3000) AS g" \
        "CREATE TABLE pause AS SELECT 0 AS seconds" "CREATE TABLE unrelated AS SELECT 1 AS x" \
        "CREATE FUNCTION label(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(\$1)'"
}

# What is in no file, so that it has to be carried from one generation to the next.
surround_views()
{
    sql "GRANT CREATE, USAGE ON SCHEMA public, sales TO $owner" \
        "GRANT USAGE ON SCHEMA public, sales TO $reader, $other" \
        "GRANT SELECT ON source TO $owner" \
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO $other" \
        "ALTER DEFAULT PRIVILEGES FOR ROLE $owner IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC" \
        "ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT INSERT, UPDATE ON TABLES TO $reader" \
        "CREATE UNIQUE INDEX orders_id ON orders (id)" \
        "CREATE INDEX \"Orders by Day\" ON orders USING brin (at) WITH (pages_per_range = 16)" \
        "CREATE INDEX ON orders (lower(region) text_pattern_ops DESC NULLS LAST) INCLUDE (id)" \
        "ALTER INDEX orders_lower_id_idx ALTER COLUMN 1 SET STATISTICS 77" "COMMENT ON INDEX orders_id IS 'the key'" \
        "ALTER MATERIALIZED VIEW orders CLUSTER ON orders_id" \
        "ALTER MATERIALIZED VIEW orders SET (fillfactor = 80, toast.autovacuum_vacuum_threshold = 77)" \
        "ALTER MATERIALIZED VIEW orders ALTER COLUMN region SET STATISTICS 500" \
        "ALTER MATERIALIZED VIEW orders ALTER COLUMN id SET STATISTICS 0" \
        "ALTER MATERIALIZED VIEW orders ALTER COLUMN region SET (n_distinct = 7)" \
        "ALTER MATERIALIZED VIEW orders ALTER COLUMN region SET STORAGE external" \
        "CREATE STATISTICS orders_regions (ndistinct, mcv) ON region, amount FROM orders" \
        "ALTER STATISTICS orders_regions SET STATISTICS 200" "COMMENT ON STATISTICS orders_regions IS 'together'" \
        "COMMENT ON MATERIALIZED VIEW orders IS 'All orders; it''s \"live\"'" \
        "COMMENT ON COLUMN orders.amount IS 'in €'" \
        "ALTER MATERIALIZED VIEW orders OWNER TO $owner" "REVOKE TRIGGER ON orders FROM $owner" \
        "GRANT SELECT ON orders TO $reader WITH GRANT OPTION" \
        "SET ROLE $reader" "GRANT SELECT ON orders TO $other" "RESET ROLE" \
        "GRANT SELECT (region, id), REFERENCES (id) ON orders TO $other" \
        "GRANT SELECT (region) ON sales.regions TO $reader WITH GRANT OPTION" "GRANT SELECT ON days TO PUBLIC" \
        "COMMENT ON VIEW busy IS 'the busy days'" "ALTER VIEW busy ALTER COLUMN region SET DEFAULT 'nowhere'" \
        "ALTER MATERIALIZED VIEW sales.top OWNER TO $owner" "CREATE INDEX ON sales.top USING hash (day)" \
        "GRANT SELECT ON days, busy, sales.regions TO $owner" \
        "ALTER MATERIALIZED VIEW bare OWNER TO $owner" "CREATE INDEX ON bare (upper(region))" \
        "REVOKE ALL ON bare FROM $owner"
}

surround_with_newer_things()
{
    if [ "$major" -ge 14 ]; then
        sql "ALTER MATERIALIZED VIEW orders ALTER COLUMN region SET COMPRESSION pglz" \
            "CREATE STATISTICS orders_expression ON lower(region), (amount * 2) FROM orders"
    fi
    if [ "$major" -ge 15 ]; then
        sql "CREATE VIEW invoker WITH (security_invoker) AS SELECT day, n FROM sales.top"
    fi
    if [ "$major" -ge 17 ]; then
        sql "GRANT MAINTAIN ON orders TO $other WITH GRANT OPTION" "REVOKE MAINTAIN ON sales.top FROM $owner"
    fi
}

# Outside the set: views that read it, and functions whose bodies name its views.
make_dependents()
{
    sql "CREATE VIEW report WITH (security_barrier) AS
           SELECT o.region, r.amount FROM orders AS o JOIN sales.regions AS r USING (region)" \
        "ALTER VIEW report OWNER TO $other" "GRANT SELECT ON report TO $reader" \
        "GRANT SELECT ON sales.regions TO $other" \
        "COMMENT ON VIEW report IS 'not of the set'" "COMMENT ON COLUMN report.region IS 'where'" \
        "CREATE VIEW sales.report_of_report AS SELECT region, (SELECT max(day) FROM days) AS last FROM report
           WHERE amount > 1 WITH LOCAL CHECK OPTION" \
        "CREATE FUNCTION newest() RETURNS int LANGUAGE sql STABLE AS 'SELECT max(id) FROM public.orders'" \
        "CREATE FUNCTION busiest() RETURNS bigint LANGUAGE plpgsql STABLE AS
           'BEGIN RETURN (SELECT max(orders) FROM public.days); END'"
}

# What surrounds the live views, in the catalog's words.
catalog()
{
    local ours="relnamespace IN ('public'::regnamespace, 'sales'::regnamespace)"
    sql "SELECT c.oid::regclass::text, c.relkind, c.relowner::regrole, c.reloptions, t.reloptions,
                coalesce(c.relacl, acldefault('r', c.relowner))
           FROM pg_class AS c LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid WHERE c.$ours ORDER BY 1" \
        "SELECT attrelid::regclass::text, attname, attnum, format_type(atttypid, atttypmod), attcollation, attstattarget,
                attacl, ARRAY(SELECT o FROM unnest(attoptions) AS o WHERE o !~ '^pg_attver='), attstorage, to_jsonb(a) ->> 'attcompression', pg_get_expr(adbin, adrelid)
           FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
           LEFT JOIN pg_attrdef AS d ON adrelid = attrelid AND adnum = attnum
          WHERE $ours AND attnum > 0 ORDER BY 1, 3" \
        "SELECT indexrelid::regclass::text, indisunique, indisvalid, indisclustered, pg_get_indexdef(indexrelid)
           FROM pg_index AS i JOIN pg_class AS c ON c.oid = indrelid WHERE $ours ORDER BY 1" \
        "SELECT stxname, stxnamespace::regnamespace, stxowner::regrole, stxstattarget, pg_get_statisticsobjdef(oid)
           FROM pg_statistic_ext
          WHERE stxnamespace IN ('public'::regnamespace, 'sales'::regnamespace) ORDER BY 1" \
        "SELECT i.identity, objsubid, description
           FROM pg_description, pg_identify_object(classoid, objoid, objsubid) AS i
          WHERE i.schema IN ('public', 'sales') ORDER BY 1, 2, 3" \
        "SELECT c.oid::regclass::text, pg_get_viewdef(c.oid) FROM pg_class AS c
          WHERE $ours AND relkind IN ('v', 'm') ORDER BY 1" \
        "SELECT defaclrole::regrole::text, defaclnamespace::regnamespace::text, defaclobjtype, defaclacl
           FROM pg_default_acl ORDER BY 1, 2" \
        "SELECT nspname, nspowner::regrole, nspacl FROM pg_namespace
          WHERE nspname !~ '^pg_|_(new|old)\$' ORDER BY 1"
}

# Each view's own query over today's source, against the view: a line for each that differs.
stale()
{
    sql "TABLE orders EXCEPT TABLE source" "TABLE source EXCEPT TABLE orders" \
        "SELECT region, upper(region), count(*), sum(amount) FROM source GROUP BY 1 EXCEPT TABLE sales.regions" \
        "SELECT at::date, count(*), sum(amount) FROM source GROUP BY 1 EXCEPT TABLE days" \
        "SELECT 'top' WHERE (SELECT count(*) FROM sales.top) <> (SELECT count(*) FROM days WHERE orders > 10)" \
        "SELECT 'busy' WHERE (SELECT count(*) FROM busy) <> (SELECT sum(n) FROM sales.top)" \
        "SELECT 'slow' WHERE (SELECT n FROM slow) <> (SELECT count(*) FROM source)" \
        "SELECT 'bare' WHERE (SELECT sum(id) FROM bare) <> (SELECT sum(id) FROM source WHERE id % 2 = 0)" \
        "SELECT 'report' WHERE (SELECT count(*) FROM report) <> (SELECT count(*) FROM source)" \
        "SELECT 'newest' WHERE newest() <> (SELECT max(id) FROM source)" \
        "SELECT 'busiest' WHERE busiest() <> (SELECT count(*) FROM source GROUP BY at::date ORDER BY 1 DESC LIMIT 1)"
}

change_source()
{
    sql "INSERT INTO source SELECT (SELECT max(id) FROM source) + g, 'r' || g % 9, g, now() + g * interval '1 minute'
           FROM generate_series(1, 50) AS g" \
        "UPDATE source SET amount = amount + 1 WHERE id % 10 = 3"
}

live_oids()
{
    sql "SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_class WHERE relkind IN ('m', 'v')
            AND relnamespace IN ('public'::regnamespace, 'sales'::regnamespace)
            AND relname IN ('orders', 'regions', 'days', 'busy', 'top', 'slow', 'bare')"
}

# surroundings_stay WHAT: as they were when $words and $dump were taken
surroundings_stay()
{
    same "$1: the catalog" "$words" "$(catalog)"
    [ "$major" -gt "$system_major" ] || same "$1: pg_dump --schema-only" "$dump" "$(schema_dump -N '*_new' -N '*_old')"
}

# published WHAT: a new generation of today's contents, the surroundings unchanged, nothing else
published()
{
    surroundings_stay "$1"
    same "$1: contents" "" "$(stale)"
    same "$1: nothing is left over" "" "$(leftovers)"
    same "$1: every relation is another" "" \
        "$(tr ',' '\n' <<< "$oids" | sort | comm -12 - <(live_oids | tr ',' '\n' | sort))"
    oids=$(live_oids)
}

test_runs()
{
    write_set
    make_source
    config "jobs = 2"
    matswap run
    exits "the first run" 0
    surround_views
    make_dependents
    surround_with_newer_things
    words=$(catalog) oids=$(live_oids)
    [ "$major" -gt "$system_major" ] || dump=$(schema_dump -N '*_new' -N '*_old')
    change_source
    matswap run
    exits "the second run" 0
    published "the second run"
    same "the second run: all pages are marked all-visible" "" "$(sql "SELECT oid::regclass FROM pg_class
        WHERE relkind = 'm' AND relnamespace IN ('public'::regnamespace, 'sales'::regnamespace)
          AND relallvisible < relpages")"
}

test_what_changes_nothing()
{
    change_source
    matswap check
    exits "check" 0
    matswap run --dry-run
    exits "--dry-run" 0
    surroundings_stay "--dry-run"
    same "--dry-run: the live relations" "$oids" "$(live_oids)"
    same "--dry-run: nothing is left over" "" "$(leftovers)"
}

test_resume()
{
    matswap run --until=built
    exits "--until=built" 0
    surroundings_stay "--until=built"
    same "--until=built: the live relations" "$oids" "$(live_oids)"
    matswap resume
    exits "resume" 0
    published "resume"
}

test_rollback()
{
    local before
    before=$(sql "SELECT count(*) FROM orders" "SELECT sum(amount) FROM days")
    change_source
    matswap run --keep-old
    exits "--keep-old" 0
    surroundings_stay "--keep-old"
    same "--keep-old: contents" "" "$(stale)"
    matswap rollback
    exits "rollback" 0
    surroundings_stay "rollback"
    same "rollback: the live relations" "$oids" "$(live_oids)"
    same "rollback: contents" "$before" "$(sql "SELECT count(*) FROM orders" "SELECT sum(amount) FROM days")"
    same "rollback: what it took away is kept" "$(printf 'schema %s\n' public_old sales_old)" "$(leftovers)"
}

test_kill()
{
    sql "UPDATE pause SET seconds = 30"
    matswap_begin run
    wait_until 30 sql_says 1 "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" ||
        not_ok "the build never got to the slow view"
    kill -9 "$pid"
    matswap_end
    surroundings_stay "kill -9"
    same "kill -9: the live relations" "$oids" "$(live_oids)"
    sql "UPDATE pause SET seconds = 0"
    matswap run
    exits "the run after kill -9" 0
    published "the run after kill -9"
}

test_old_reader()
{
    local counts="SELECT (SELECT count(*) FROM orders) || ',' || (SELECT count(*) FROM sales.regions) || ','
        || (SELECT count(*) FROM days) || ',' || (SELECT count(*) FROM busy) || ',' || (SELECT count(*) FROM sales.top)
        || ',' || (SELECT count(*) FROM slow) || ',' || (SELECT count(*) FROM report);" now
    session_begin reader
    session reader "BEGIN ISOLATION LEVEL REPEATABLE READ;" > /dev/null
    same "a reader takes its snapshot" 1 "$(session reader "SELECT x FROM unrelated;")"
    change_source
    matswap run
    exits "the run beside an older snapshot" 0
    now=$(sql "$counts")
    same "the older snapshot finds every view whole" "$now" "$(session reader "$counts")"
    same "by index, too" 3 "$(session reader "SET LOCAL enable_seqscan = off; SELECT id FROM orders WHERE id = 3;")"
    same "the reader commits" "" "$(session reader "COMMIT;")"
    session_end reader
    published "the run beside an older snapshot"
}

# As a role that is only a member of the owner: 16 changed what membership allows, 15 what PUBLIC may do in public.
test_ordinary_role()
{
    rm -rf "$work/queries" "$work/state"
    query_file base.sql <<< "CREATE MATERIALIZED VIEW base AS SELECT id FROM source; CREATE UNIQUE INDEX ON base (id);"
    query_file top.sql <<< "SELECT count(*) AS n FROM base"
    fresh_database it_servers_role
    sql "CREATE TABLE source AS SELECT generate_series(1, 100) AS id" "GRANT SELECT ON source TO $owner" \
        "GRANT CREATE ON DATABASE it_servers_role TO $app" "GRANT USAGE, CREATE ON SCHEMA public TO $owner" \
        "SET ROLE $owner" "CREATE MATERIALIZED VIEW base AS SELECT id FROM source" \
        "CREATE MATERIALIZED VIEW top AS SELECT count(*) AS n FROM base" "CREATE VIEW report AS SELECT n FROM top" \
        "GRANT SELECT ON report TO $reader" "RESET ROLE" "INSERT INTO source SELECT 0"
    config "conninfo = user=$app"
    matswap check
    exits "check as an ordinary role" 0
    matswap run
    exits "a run as an ordinary role" 0
    same "the role's run: contents and owners" "101|$owner|$owner|$owner" \
        "$(sql "SELECT n, string_agg(relowner::regrole::text, '|' ORDER BY relname) FROM report, pg_class
                 WHERE relname IN ('base', 'top', 'report') AND relnamespace = 'public'::regnamespace GROUP BY 1")"
    matswap run
    exits "another as an ordinary role" 0
    same "the role's run: nothing is left over" "" "$(leftovers)"
}

# The unit tests that start servers, on this one. cmocka says `not ok … # SKIP` of a test that skips itself.
run_unit_tests()
{
    local file program
    for file in $(grep -l cluster_setup "$root"/tests/unit/test_*.c); do
        program=$(dirname "$MATSWAP")/tests/unit/$(basename "$file" .c)
        (cd "$root" && CMOCKA_MESSAGE_OUTPUT=TAP MATSWAP_TEST_BINDIR=$bindir timeout 200 "$program") \
            > "$work/unit" 2> "$work/unit.err" < /dev/null
        [ $? -le 100 ] && grep -q '^ok' "$work/unit" || not_ok "$(basename "$program") ended early"
        failures=$((failures + $(grep -v '# SKIP' "$work/unit" | grep -c '^not ok')))
        grep -E '^(not )?ok' "$work/unit" |
            sed -E "s/^(not )?ok (.*# SKIP)/ok \2/; s/^((not )?ok) [0-9]+ *-? */\1 $name: $(basename "$program"): /"
        ! grep -v '# SKIP' "$work/unit" | grep -q '^not ok' || sed 's/^/#   /' "$work/unit" "$work/unit.err" | tail -n 30
    done
}

# The matrix of attributes, on this server.
test_surroundings()
{
    "$root/tests/integration/surroundings.sh" > "$work/matrix" 2>&1 < /dev/null
    grep -q '^ok' "$work/matrix" || not_ok "the matrix of surroundings ended early"
    failures=$((failures + $(grep -c '^not ok' "$work/matrix")))
    sed -E "s/^((not )?ok) /\1 $name: /" "$work/matrix"
}

test_server()
{
    start_cluster ${bindir:+--bindir "$bindir"}
    sql "CREATE ROLE $owner" "CREATE ROLE $reader" "CREATE ROLE $other" "CREATE ROLE $app LOGIN" "GRANT $owner TO $app"
    same "the server's version" "$major" "$(sql "SELECT current_setting('server_version_num')::int / 10000")"
    fresh_database it_servers
    rm -rf "$work/queries" "$work/state"
    test_runs
    test_what_changes_nothing
    test_resume
    test_rollback
    test_kill
    test_old_reader
    test_ordinary_role
    test_surroundings
    [ "$major" -le "$system_major" ] || echo "ok $name: pg_dump --schema-only # SKIP pg_dump $system_major is older"
    "$PG_CLUSTER" stop "$own_cluster" --immediate --remove > /dev/null
    own_cluster=
    [ "$major" = "$system_major" ] || run_unit_tests
}

set=servers
for major in ${SERVERS:-$("$root/scripts/pg-versions" --all)}; do
    name="$test_name $major" bindir=
    if [ "$major" != "$system_major" ] && ! bindir=$("$root/scripts/pg-versions" "$major" 2> "$work/err"); then
        echo "ok $name # SKIP $(tail -n 1 "$work/err")"
        continue
    fi
    test_server
done
finish
