#!/bin/bash
# generations.sh: ten generations in a row change the contents and nothing else.
#
# What surrounds the live views is made by hand after the first run, the rarer the better: it is in no SQL file, so
# all of it has to be carried from one generation to the next. Compared after each run: pg_dump --schema-only, the
# catalog's own words on names, indexes and privileges, and that nothing is left over.
source "$(dirname "$0")/lib.sh"

# Roles are the server's: they bear the test's name, and go at the end.
owner=it_generations_owner reader=it_generations_reader other=it_generations_other
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_generations WITH (FORCE)' \
        -c "DROP ROLE IF EXISTS $owner, $reader, $other"
}
drop_roles
fresh_database
sql "CREATE ROLE $owner" "CREATE ROLE $reader" "CREATE ROLE $other" \
    "CREATE SCHEMA sales" "GRANT CREATE, USAGE ON SCHEMA public, sales TO $owner" \
    "GRANT USAGE ON SCHEMA public, sales TO $reader, $other" \
    "CREATE TABLE source (id int PRIMARY KEY, region text, amount numeric, at timestamptz)" \
    "INSERT INTO source SELECT g, 'r' || g % 7, g * 1.5, '2026-01-01'::timestamptz + g * interval '1 hour'
       FROM generate_series(1, 3000) AS g" \
    "GRANT SELECT ON source TO $owner"

query_file orders.sql <<< "SELECT id, region, amount, at FROM source"
query_file sales/regions.sql << 'EOF'
CREATE MATERIALIZED VIEW sales.regions AS
SELECT region, count(*) AS orders, sum(amount) AS amount
  FROM public.orders
 GROUP BY region;
EOF
query_file days.sql << 'EOF'
CREATE MATERIALIZED VIEW IF NOT EXISTS public.days (day, orders, amount) AS
SELECT at::date, count(*), sum(o.amount) FROM orders AS o GROUP BY 1
WITH DATA;
EOF
query_file busy.sql <<< "CREATE OR REPLACE VIEW busy AS SELECT d.day, d.orders, r.region
  FROM days AS d CROSS JOIN sales.regions AS r WHERE d.orders > 10;"
query_file sales.top.sql <<< "WITH regions AS (SELECT * FROM sales.regions)
SELECT b.day, count(*) AS n, max(regions.amount) AS amount FROM busy AS b JOIN regions USING (region) GROUP BY 1"
config "jobs = 2"
matswap run
exits "the first run" 0

sql "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO $other" \
    "ALTER DEFAULT PRIVILEGES FOR ROLE $owner IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC" \
    "ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT INSERT, UPDATE ON TABLES TO $reader" \
    "CREATE UNIQUE INDEX orders_id ON orders (id)" \
    "CREATE INDEX ON orders (region, (amount * 2)) WHERE amount > 10" \
    "CREATE INDEX \"Orders by Day\" ON orders USING brin (at) WITH (pages_per_range = 16)" \
    "CREATE INDEX ON orders (lower(region) text_pattern_ops DESC NULLS LAST) INCLUDE (id)" \
    "ALTER INDEX orders_lower_id_idx ALTER COLUMN 1 SET STATISTICS 77" \
    "COMMENT ON INDEX orders_id IS 'the key'" \
    "ALTER MATERIALIZED VIEW orders CLUSTER ON orders_id" \
    "ALTER MATERIALIZED VIEW orders SET (fillfactor = 80, autovacuum_enabled = off)" \
    "ALTER MATERIALIZED VIEW orders ALTER COLUMN region SET STATISTICS 500" \
    "ALTER MATERIALIZED VIEW orders ALTER COLUMN region SET (n_distinct = 7)" \
    "ALTER MATERIALIZED VIEW orders ALTER COLUMN region SET STORAGE external" \
    "CREATE STATISTICS orders_regions (ndistinct, dependencies) ON region, amount FROM orders" \
    "ALTER STATISTICS orders_regions SET STATISTICS 200" \
    "COMMENT ON STATISTICS orders_regions IS 'they go together'" \
    "COMMENT ON MATERIALIZED VIEW orders IS 'All orders; it''s \"live\"'" \
    "COMMENT ON COLUMN orders.amount IS 'in €'" \
    "ALTER MATERIALIZED VIEW orders OWNER TO $owner" \
    "REVOKE TRIGGER ON orders FROM $owner" \
    "GRANT SELECT ON orders TO $reader WITH GRANT OPTION" \
    "SET ROLE $reader" "GRANT SELECT ON orders TO $other" "RESET ROLE" \
    "GRANT SELECT (region, id), REFERENCES (id) ON orders TO $other" \
    "CREATE UNIQUE INDEX ON sales.regions (region)" \
    "GRANT SELECT (region) ON sales.regions TO $reader WITH GRANT OPTION" \
    "GRANT SELECT ON days TO PUBLIC" "CREATE UNIQUE INDEX ON days (day)" \
    "COMMENT ON VIEW busy IS 'the busy days'" "GRANT SELECT ON busy TO $reader" \
    "ALTER VIEW busy ALTER COLUMN region SET DEFAULT 'nowhere'" \
    "ALTER MATERIALIZED VIEW sales.top OWNER TO $owner" "CREATE INDEX ON sales.top USING hash (day)" \
    "GRANT SELECT ON days, busy, sales.regions TO $owner" "GRANT USAGE ON SCHEMA sales TO $owner"
# Outside the set: views that read it.
sql "CREATE VIEW report WITH (security_barrier) AS SELECT o.region, r.amount FROM orders AS o JOIN sales.regions AS r USING (region)" \
    "ALTER VIEW report OWNER TO $other" "GRANT SELECT ON report TO $reader" "GRANT SELECT ON sales.regions TO $other" \
    "COMMENT ON VIEW report IS 'not of the set'" "COMMENT ON COLUMN report.region IS 'where'" \
    "CREATE VIEW sales.report_of_report AS SELECT region, (SELECT max(day) FROM days) AS last FROM report
       WHERE amount > 1 WITH LOCAL CHECK OPTION"

# What names of the live views mean, in the catalog's words.
catalog()
{
    sql "SELECT n.nspname, c.relname, c.relkind, c.relowner::regrole, c.relacl, c.reloptions
           FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
          WHERE n.nspname IN ('public', 'sales') ORDER BY 1, 2, 3" \
        "SELECT attrelid::regclass::text, attname, attnum, atttypid::regtype, attstattarget, attacl,
                ARRAY(SELECT o FROM unnest(attoptions) AS o WHERE o !~ '^pg_attver='), attstorage
           FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
          WHERE c.relnamespace::regnamespace::text IN ('public', 'sales') AND attnum > 0 ORDER BY 1, 3" \
        "SELECT indexrelid::regclass::text, indisunique, indisvalid, indisclustered, pg_get_indexdef(indexrelid)
           FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
          WHERE c.relnamespace::regnamespace::text IN ('public', 'sales') ORDER BY 1" \
        "SELECT stxname, stxnamespace::regnamespace, stxowner::regrole, stxstattarget, pg_get_statisticsobjdef(oid)
           FROM pg_statistic_ext ORDER BY 1" \
        "SELECT nspname, nspowner::regrole, nspacl FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1"
}

# Each view's own query, over today's source; empty when the contents are right.
stale()
{
    sql "TABLE orders EXCEPT TABLE source" "TABLE source EXCEPT TABLE orders" \
        "SELECT region, count(*), sum(amount) FROM source GROUP BY 1 EXCEPT TABLE sales.regions" \
        "SELECT at::date, count(*), sum(amount) FROM source GROUP BY 1 EXCEPT TABLE days" \
        "SELECT 'top' WHERE (SELECT count(*) FROM sales.top) <> (SELECT count(*) FROM days WHERE orders > 10)" \
        "SELECT 'busy' WHERE (SELECT count(*) FROM busy) <> (SELECT sum(n) FROM sales.top)" \
        "SELECT 'report' WHERE (SELECT count(*) FROM report) <> (SELECT count(*) FROM source)"
}

dump=$(schema_dump)
words=$(catalog)
oid=$(sql "SELECT 'orders'::regclass::oid")
for ((n = 1; n <= 10; n++)); do
    sql "INSERT INTO source SELECT 3000 + $n * 100 + g, 'r' || g % $((7 + n)), g, now() + $n * interval '1 day' FROM generate_series(1, 50) AS g" \
        "DELETE FROM source WHERE id % 100 = $n" "UPDATE source SET amount = amount + 1 WHERE id % 10 = $n % 10"
    matswap run
    exits "generation $n" 0
    same "generation $n: pg_dump --schema-only" "$dump" "$(schema_dump)"
    same "generation $n: the catalog" "$words" "$(catalog)"
    same "generation $n: contents" "" "$(stale)"
    same "generation $n: the unique index is there" "t" \
        "$(sql "SELECT indisunique AND indisvalid FROM pg_index WHERE indexrelid = 'orders_id'::regclass")"
    same "generation $n: nothing is left over" "" "$(leftovers)"
    last=$oid oid=$(sql "SELECT 'orders'::regclass::oid")
    [ "$oid" != "$last" ] && ok "generation $n: it is another relation" || not_ok "generation $n: the relation is the same"
done
same "a row for each swap, the first run's too" 11 "$(sql "SELECT count(*) FROM matswap.generation")"
same "the column grant works" "r1" "$(sql "SET ROLE $other" "SELECT region FROM orders WHERE id = 1 OR region = 'r1' LIMIT 1")"
drop_roles
finish
