#!/bin/bash
# keep-old.sh: the old generation is kept, readable, brought back by rollback, and retired by the next run.
source "$(dirname "$0")/lib.sh"

reader=it_keep_old_reader
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_keep_old WITH (FORCE)' -c "DROP ROLE IF EXISTS $reader"
}
drop_roles
fresh_database
sql "CREATE ROLE $reader" "CREATE SCHEMA sales" "GRANT USAGE ON SCHEMA public, sales TO $reader" \
    "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 300) AS g"
query_file base.sql << 'EOF'
CREATE MATERIALIZED VIEW base AS SELECT id, generation FROM source;
CREATE UNIQUE INDEX ON base (id);
CREATE STATISTICS base_both ON id, generation FROM base;
GRANT SELECT ON base TO it_keep_old_reader;
EOF
query_file plain.sql <<< "CREATE VIEW plain AS SELECT id, generation FROM base WHERE id > 10"
query_file sales.summary.sql <<< "SELECT count(*) AS n, max(generation) AS generation FROM plain"
config

contents="SELECT (SELECT string_agg(DISTINCT generation::text, ',') FROM base), (SELECT max(generation) FROM plain),
                 n, generation FROM sales.summary"
report="SELECT DISTINCT generation FROM report"
# old TEXT: executes it in the kept generation
old()
{
    PGOPTIONS="$PGOPTIONS -c search_path=public_old,sales_old" sql "${1//sales./sales_old.}" 2>&1
}
whole()
{
    echo "$1|$1|290|$1"
}
oids()
{
    sql "SELECT '${1-}base'::regclass::oid, '${1-}plain'::regclass::oid, '${2:-sales}.summary'::regclass::oid"
}
generation=1
next_source()
{
    generation=$((generation + 1))
    sql "UPDATE source SET generation = $generation"
}
outside_dump()
{
    schema_dump --exclude-schema='*_old'
}

# serving WHAT LIVE KEPT: the generations that are live and kept; the surroundings as before
serving()
{
    same "$1: live is generation $2" "$(whole "$2")" "$(sql "$contents")"
    same "$1: the view outside reads it" "$2" "$(sql "$report")"
    if [ -n "$3" ]; then
        same "$1: generation $3 is kept" "$(whole "$3")" "$(old "$contents")"
        same "$1: kept with its index" "base_id_idx" \
            "$(sql "SELECT relname FROM pg_class WHERE relnamespace = 'public_old'::regnamespace AND relkind = 'i'")"
        same "$1: kept with its statistics object" "public_old" \
            "$(sql "SELECT stxnamespace::regnamespace FROM pg_statistic_ext WHERE stxrelid = 'public_old.base'::regclass")"
        same "$1: readable for who could read it" "$3" \
            "$(sql "SET ROLE $reader" "SELECT DISTINCT generation FROM public_old.base" 2>&1)"
        same "$1: nothing else is left" "schema public_old
schema sales_old" "$(leftovers)"
    else
        same "$1: nothing is left over" "" "$(leftovers)"
    fi
    same "$1: the schema is as before, the kept generation aside" "$dump" "$(outside_dump)"
}

matswap run --keep-old
exits "the first run has nothing to keep" 0
sql "CREATE VIEW report WITH (security_barrier) AS SELECT generation FROM base" "COMMENT ON VIEW report IS 'outside'"
dump=$(outside_dump)
serving "after the first run" 1 ""
matswap rollback
exits "there is nothing to go back to" 2
says "and it says so" "no old generation of set keep-old to go back to"
serving "after a rollback refused" 1 ""

first=$(oids)
next_source
matswap run --keep-old
exits "run --keep-old" 0
serving "kept by the option" 2 1
same "the kept relations are those that served" "$first" "$(oids public_old. sales_old)"

config "keep_old = yes"
second=$(oids)
next_source
matswap run
exits "the next run, keep_old = yes" 0
says "it retires what was kept before" "retired .* kept in public_old"
serving "kept by the configuration" 3 2
same "the first generation is gone" "" "$(sql "SELECT relname FROM pg_class WHERE oid IN (${first//|/,})")"

third=$(oids)
matswap rollback
exits "rollback" 0
serving "rolled back" 2 3
same "by moving relations, not by building" "$second $third" "$(oids) $(oids public_old. sales_old)"
matswap rollback
exits "a second rollback" 0
serving "rolled back twice" 3 2
same "the same relations again" "$third $second" "$(oids) $(oids public_old. sales_old)"
matswap rollback
exits "a third rollback" 0
serving "rolled back thrice" 2 3

next_source
matswap run
exits "a run after a rollback" 0
serving "run after a rollback" 4 2
same "what had been rolled back is gone" "" "$(sql "SELECT relname FROM pg_class WHERE oid IN (${third//|/,})")"

# Somebody reads the kept generation: the swap back has to wait.
session_begin reader
session reader "BEGIN; SELECT count(*) FROM public_old.base;" > /dev/null
config "keep_old = yes" "swap_timeout = 500ms"
matswap rollback
exits "rollback gives up on a reader of the kept generation" 1
says "and names it" "session-reader.* holds public_old.base "
serving "rollback given up" 4 2
config "keep_old = yes"
matswap_begin rollback
sleep 0.7
kill -0 $pid 2> /dev/null && ok "rollback waits for a reader of the kept generation" ||
    { not_ok "rollback does not wait for a reader of the kept generation"; cat "$work/err"; }
session_end reader
matswap_end
exits "rollback after that reader" 0
serving "rolled back beside a reader" 2 4

# One view more, one column more.
query_file extra.sql <<< "SELECT count(*) AS n FROM base"
query_file base.sql << 'EOF'
CREATE MATERIALIZED VIEW base AS SELECT id, generation, id * 2 AS twice FROM source;
CREATE UNIQUE INDEX ON base (id);
CREATE STATISTICS base_both ON id, generation FROM base;
GRANT SELECT ON base TO it_keep_old_reader;
EOF
next_source
matswap run
exits "a run with a view and a column more" 0
same "the new view is there" 300 "$(sql "SELECT n FROM extra")"
extended=$(outside_dump)
sql "CREATE VIEW twice AS SELECT twice FROM base"
before=$(schema_dump) live=$(oids)
matswap rollback
[ "$code" = 1 ] || [ "$code" = 2 ] && ok "a rollback that would take a used column away is refused" ||
    not_ok "a rollback that would take a used column away exits $code"
says "naming the view that uses it" "public.twice"
same "nothing has changed" "$before $live" "$(schema_dump) $(oids)"
sql "DROP VIEW twice"
matswap rollback
exits "without that view it goes back" 0
same "the new view is not live any more" "" "$(sql "SELECT to_regclass('public.extra')")"
serving "back before the new view" 2 5
matswap rollback
exits "and forth again" 0
same "the new view is live again" 300 "$(sql "SELECT n FROM extra")"
same "with the new column" 600 "$(sql "SELECT max(twice) FROM base")"
same "the schema is as with the new view" "$extended" "$(outside_dump)"

# Somebody else's objects in the way of retiring what is kept.
sql "CREATE VIEW mine AS SELECT count(*) AS n FROM public_old.base"
before=$(schema_dump) live=$(oids)
next_source
sql "CREATE FUNCTION of_theirs(public_old.base) RETURNS int LANGUAGE sql AS 'SELECT 1'" "CREATE TABLE public_old.theirs (x int)"
before=$(schema_dump) live=$(oids)
for command in check run; do
    matswap $command
    exits "$command: a kept generation that can't be retired is refused" 2
    says "$command: naming the view that reads it" "public\.mine depends on public_old\.base"
    says "$command: naming the function bound to it" "of_theirs\(public_old\.base\) depends on public_old\.base"
    says "$command: naming the table in its schema" "public_old.* holds table public_old\.theirs"
    same "$command: nothing was built" "" "$(grep built "$work/err")"
    same "$command: everything is still there" "$before $live" "$(schema_dump) $(oids)"
done
sql "DROP VIEW mine" "DROP FUNCTION of_theirs" "DROP TABLE public_old.theirs"

config
matswap run
exits "a run that keeps nothing" 0
same "nothing is left over at the end" "" "$(leftovers)"
same "live is the last generation" "$(whole $generation)" "$(sql "$contents")"
matswap rollback
exits "after which there is nothing to go back to" 2

# The set leaves a schema: what was kept there goes with the rest of its generation, which it reads.
next_source
matswap run --keep-old
exits "a generation in two schemas is kept" 0
rm "$work/queries/sales.summary.sql"
sql "DROP MATERIALIZED VIEW sales.summary"
matswap check
exits "check of a set that has left a schema" 0
matswap run
exits "a run of a set that has left a schema" 0
says "it retires what was kept there" "retired .* kept in sales_old"
same "nothing is left over of either" "" "$(leftovers)"
drop_roles
finish
