# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# isolated-set.sh: a set of three groups whose views fail where a test wants it; to be sourced after lib.sh.
#
#     a_base ← a_top ← a_plain (a view)      b_base ← other.b_top      c
#
# fault(place) raises (an SQLSTATE, or a division by zero), or waits for the advisory lock 7 (8, and then raises), as the table says for
# that place.  Outside the set a view reads each of a and b, one reads both, and a function returns rows of b_base.  Ends with a first generation, $dump being its schema.
fresh_database
sql "CREATE SCHEMA other" \
    "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 100) AS g" \
    "CREATE TABLE faults (place text PRIMARY KEY, act text)" \
    "CREATE FUNCTION fault(at text) RETURNS boolean LANGUAGE plpgsql AS \$\$
     DECLARE
         state text;
     BEGIN
         IF EXISTS (SELECT FROM public.faults WHERE place = at AND act = 'fail') THEN RAISE division_by_zero; END IF;
         SELECT act INTO state FROM public.faults WHERE place = at AND act ~ '^[0-9A-Z]{5}\$';
         IF FOUND THEN RAISE EXCEPTION 'it fails' USING ERRCODE = state; END IF;
         PERFORM pg_advisory_xact_lock_shared(7) FROM public.faults WHERE place = at AND act = 'wait';
         PERFORM pg_advisory_xact_lock_shared(8) FROM public.faults WHERE place = at AND act = 'fail late';
         IF EXISTS (SELECT FROM public.faults WHERE place = at AND act = 'fail late') THEN RAISE division_by_zero; END IF;
         RETURN true;
     END \$\$"
query_file a_base.sql <<< "SELECT id, generation FROM source WHERE (SELECT fault('a_base'))"
query_file a_top.sql << 'EOF'
CREATE MATERIALIZED VIEW a_top AS SELECT id, generation FROM a_base WHERE (SELECT fault('a_top'));
CREATE UNIQUE INDEX ON a_top (id);
GRANT SELECT ON a_top TO PUBLIC;
EOF
query_file a_plain.sql <<< "CREATE VIEW a_plain AS SELECT id, generation FROM a_top"
query_file b_base.sql <<< "SELECT id, generation FROM source WHERE (SELECT fault('b_base'))"
query_file other.b_top.sql <<< "SELECT count(*) AS n, max(generation) AS generation FROM b_base WHERE (SELECT fault('b_top'))"
query_file c.sql << 'EOF'
CREATE MATERIALIZED VIEW c AS
    SELECT id, generation FROM source WHERE (SELECT fault('c'))
    UNION ALL SELECT 1, 0 FROM faults WHERE place = 'c' AND act = 'twice';
CREATE UNIQUE INDEX c_id ON c (id);
EOF
settings=("jobs = 2" "on_failure = isolate")
config "${settings[@]}"

# the generation of each view, a group's views together; then what those outside read
generations="SELECT (SELECT max(generation) FROM a_base) || (SELECT ' ' || max(generation) FROM a_top)
                    || (SELECT ' ' || max(generation) FROM a_plain),
                    (SELECT max(generation) FROM b_base) || (SELECT ' ' || generation FROM other.b_top),
                    (SELECT max(generation) FROM c),
                    (SELECT string_agg(DISTINCT generation::text, ' ') FROM on_a)
                    || (SELECT ' ' || string_agg(DISTINCT generation::text, ' ') FROM on_b)
                    || (SELECT ' ' || string_agg(DISTINCT a || '/' || b, ' ') FROM on_both)
                    || (SELECT ' ' || max(generation) FROM rows_of_b())"

# stand A B C: what $generations says of views of these generations
stand()
{
    echo "$1 $1 $1|$2 $2|$3|$1 $2 $1/$2 $2"
}

# oids A B C: the relations of those groups that are named
oids()
{
    case " $* " in *" a "*) sql "SELECT 'a_base'::regclass::oid, 'a_top'::regclass::oid, 'a_plain'::regclass::oid" ;; esac
    case " $* " in *" b "*) sql "SELECT 'b_base'::regclass::oid, 'other.b_top'::regclass::oid" ;; esac
    case " $* " in *" c "*) sql "SELECT 'c'::regclass::oid" ;; esac
}

# fault [PLACE ACT]: whoever comes there from now on; without a place: nobody
fault()
{
    sql "DELETE FROM faults"
    [ $# -eq 0 ] || sql "INSERT INTO faults VALUES ('$1', '$2')"
}

generation=1
next_source()
{
    generation=$((generation + 1))
    sql "UPDATE source SET generation = $generation"
}

# journal TEXT: what SQLite says
journal()
{
    python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as journal:
    for row in journal.execute(sys.argv[2]): print("|".join(map(str, row)))' "$work/state/journal.db" "$1"
}
last="run_id = (SELECT max(id) FROM run)"
statuses="SELECT group_concat(name || ' ' || status, ', ') FROM (SELECT * FROM view WHERE $last ORDER BY name)"

# whole WHAT: a good run brings everything to one generation again
whole()
{
    fault
    next_source
    matswap run
    exits "$1: the next good run" 0
    same "$1: brings all to one generation" "$(stand $generation $generation $generation)" "$(sql "$generations")"
    same "$1: leaves nothing over" "" "$(leftovers)"
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
}

matswap run
exits "the first run" 0
sql "CREATE VIEW on_a AS SELECT * FROM a_top" "CREATE VIEW on_b AS SELECT * FROM b_base" \
    "CREATE VIEW on_both AS SELECT a_top.generation AS a, b_base.generation AS b FROM a_top JOIN b_base USING (id)" \
    "CREATE FUNCTION rows_of_b() RETURNS SETOF b_base LANGUAGE sql AS 'SELECT * FROM b_base'"
same "its contents" "$(stand 1 1 1)" "$(sql "$generations")"
dump=$(schema_dump)
