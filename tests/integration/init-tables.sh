#!/bin/bash
# init-tables.sh: `init --tables`, and the way of a table that CREATE TABLE AS has made to a view of the set: a sketch, which no
# run reads before it is complete; `adopt = yes`, without which nothing replaces a table; the view that is compared with the
# table, replaces it, and carries over what can be; the way back.
source "$(dirname "$0")/lib.sh"
PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_init_tables WITH (FORCE)' -c 'DROP ROLE IF EXISTS it_init_tables'
fresh_database

# init ARGUMENT...: as lib.sh's matswap
init()
{
    code=0
    (cd "$work" && "$MATSWAP" init "$@") > "$work/out" 2> "$work/err" < /dev/null || code=$?
}
# use COMMAND...: with the configuration that init has written
use()
{
    code=0
    (cd "$work" && "$MATSWAP" -c shop/matswap.ini "$@") > "$work/out" 2> "$work/err" < /dev/null || code=$?
}
# adopt VIEW: takes the # from its section
adopt()
{
    sed -i "/^#\[view $1\]/,/^\$/s/^#\([^ ]\)/\1/" "$work/shop/matswap.ini"
}

sql "CREATE ROLE it_init_tables" "CREATE SCHEMA data" \
    "CREATE TABLE data.orders (id int PRIMARY KEY, sold timestamptz NOT NULL, amount numeric(10, 2) NOT NULL)" \
    "INSERT INTO data.orders SELECT g, now() - g * interval '1 hour', g FROM generate_series(1, 100) AS g" \
    "CREATE TABLE totals AS SELECT sold::date AS \"d;ay\", sum(amount) AS amount FROM data.orders GROUP BY 1" \
    "CREATE UNIQUE INDEX totals_day ON totals (\"d;ay\")" "COMMENT ON TABLE totals IS 'by day'" \
    "COMMENT ON INDEX totals_day IS 'one each'" "GRANT SELECT ON totals TO it_init_tables" \
    "CREATE VIEW report AS SELECT max(amount) AS most FROM totals" "GRANT SELECT ON report TO it_init_tables" \
    "CREATE TABLE copied AS TABLE totals" "CREATE TABLE \"A/b\" AS TABLE totals" \
    "CREATE TABLE written AS TABLE totals" "UPDATE written SET amount = 0" \
    "CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY)" "CREATE TABLE filled (at timestamptz DEFAULT now())" \
    "CREATE TABLE parent (id int)" "CREATE TABLE child () INHERITS (parent)" "CREATE TABLE watched AS TABLE totals" \
    "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'" \
    "CREATE TRIGGER watching AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION watch()" "CREATE UNLOGGED TABLE fast AS TABLE totals" \
    "CREATE TABLE published AS TABLE totals" "CREATE PUBLICATION it_init_tables FOR TABLE published" \
    "SELECT pg_stat_force_next_flush()" "ANALYZE" > /dev/null 2>&1 || sql "ANALYZE"
# before 15 the counters arrive when they do
wait_until 20 sql_says 1 "SELECT count(*) FROM pg_stat_user_tables WHERE relname = 'written' AND n_tup_upd > 0"

init shop
exits "tables are no views" 2
says "they are offered" "database it_init_tables has no materialized views to adopt; nothing was written; --tables lists tables that CREATE TABLE AS may have made"
init --tables shop
exits "init --tables" 0
same "sketches of tables that nobody was seen to write to, and that have nothing else" "A_b-HASH.sql copied.sql totals.sql" \
    "$(cd "$work/shop/tables" && ls | sed -E 's/-[0-9a-f]{8}/-HASH/' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
same "none of them where they are read" "" "$(ls "$work/shop/queries")"
says "what is left to do is told" "to do +complete the files in shop/tables with their queries, and move them to queries"

# ---- not complete, not adopted --------------------------------------------------------------------------------

mv "$work/shop/tables/totals.sql" "$work/shop/queries"
use check
exits "a sketch that is not complete" 2
says "is told by its place" "shop/queries/totals.sql:[0-9]+:1: syntax error at or near \"the_query_of_the_table_belongs_here\""
sed -i 's/^the_query_of_the_table_belongs_here/SELECT sold::date AS "d;ay", sum(amount) AS amount FROM data.orders WHERE id < 50 GROUP BY 1/' "$work/shop/queries/totals.sql"
sed -i 's/^queries /journal = journal.db\n&/' "$work/shop/matswap.ini"
before=$(sql "SELECT 'totals'::regclass::oid, count(*), sum(amount) FROM totals")
for command in check run; do
    use $command
    exits "a table that is not adopted: $command" 2
    says "$command: it is told" "public.totals is a table that no run of the set has published: its rows may be somebody's own; if the view is to take its place, write .adopt = yes. into \[view public.totals\] of shop/matswap.ini"
done
same "it is as it was" "$before" "$(sql "SELECT 'totals'::regclass::oid, count(*), sum(amount) FROM totals")"

# ---- adopted, and judged --------------------------------------------------------------------------------------

adopt public.totals
use check
exits "check, adopted" 0
use run
exits "a view that is not the table" 5
says "is rejected" 'rows: max_shrink.* REJECTED' "$work/out"
same "the table is as it was" "$before" "$(sql "SELECT 'totals'::regclass::oid, count(*), sum(amount) FROM totals")"
sed -i 's/ WHERE id < 50//' "$work/shop/queries/totals.sql"
use run --keep-old
exits "a view that is" 0
same "takes the table's place" "m|$(cut -d'|' -f2- <<< "$before")" "$(sql "SELECT (SELECT relkind FROM pg_class WHERE oid = 'totals'::regclass), count(*), sum(amount) FROM totals")"
same "with what was on it, and bound to it" "by day|one each|t|t" "$(sql "SELECT obj_description('totals'::regclass), obj_description('totals_day'::regclass),
    has_table_privilege('it_init_tables', 'totals', 'SELECT'), has_table_privilege('it_init_tables', 'report', 'SELECT')")"
same "whose definition reads the same" "t" "$(sql "SELECT most = (SELECT max(amount) FROM totals) FROM report")"

# ---- back, and forth ------------------------------------------------------------------------------------------

use rollback
exits "a rollback" 0
same "brings the table itself back" "$before" "$(sql "SELECT 'totals'::regclass::oid, count(*), sum(amount) FROM totals")"
use run
exits "forth" 0
sed -i '/^adopt/d' "$work/shop/matswap.ini"
use run
exits "once it is a view, it needs no adopt" 0
same "the table is gone, and nothing is left over" "" "$(sql "SELECT oid FROM pg_class WHERE oid = $(cut -d'|' -f1 <<< "$before")"; leftovers)"

# ---- what is on a table that would be lost --------------------------------------------------------------------

mv "$work/shop/tables/copied.sql" "$work/shop/queries"
sed -i 's/^the_query_of_the_table_belongs_here/TABLE public.totals/' "$work/shop/queries/copied.sql"
adopt public.copied
sql "CREATE TRIGGER watching AFTER INSERT ON copied FOR EACH ROW EXECUTE FUNCTION watch()" "CREATE POLICY mine ON copied USING (true)" \
    "ALTER TABLE copied ADD CONSTRAINT small CHECK (amount > 0)"
use check
exits "what nobody could carry over" 2
says "a trigger" "trigger watching on table public.copied is on public.copied, which the view replaces, and would be lost; drop it: the view is filled by a run, and never written to"
says "a policy" "policy mine on table public.copied is on public.copied, which the view replaces"
sql "DROP TRIGGER watching ON copied" "DROP POLICY mine ON copied"
use run
exits "a run without them" 0
says "a constraint is warned of" "warning: constraint small of public.copied is not carried over: a view has none"
same "the data" "5050.00" "$(sql "SELECT sum(amount) FROM copied")"

# ---- imports are tables of a set already ---------------------------------------------------------------------

echo "CREATE TABLE imported (id int);" > "$work/shop/queries/imported.sql"
printf 'id\n1\n' > "$work/shop/imported.csv"
printf '%s\n' "[import imported]" "file = imported.csv" >> "$work/shop/matswap.ini"
use run
exits "a run with an import" 0
init --tables again
exits "init --tables beside it" 0
same "it is sketched no more than what has become a view" "A_b-HASH.sql" "$(cd "$work/again/tables" && ls | sed -E 's/-[0-9a-f]{8}/-HASH/' | tr '\n' ' ' | sed 's/ $//')"

PGDATABASE=postgres psql -Xq -c 'DROP DATABASE it_init_tables WITH (FORCE)' -c 'DROP ROLE it_init_tables'
finish
