#!/bin/bash
# dependents.sh: ordinary views outside the set that read it follow each swap, with all that surrounds them; whoever
# reads through them, or by a prepared statement or a function, notices nothing; a change of columns that would break
# one is refused before the build.
source "$(dirname "$0")/lib.sh"

owner=it_dependents_owner reader=it_dependents_reader
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_dependents WITH (FORCE)' \
        -c "DROP ROLE IF EXISTS $owner, $reader"
}
drop_roles
fresh_database
sql "CREATE ROLE $owner" "CREATE ROLE $reader" "CREATE SCHEMA apps" "GRANT USAGE, CREATE ON SCHEMA apps TO $owner" \
    "GRANT USAGE ON SCHEMA apps TO $reader" \
    "CREATE TABLE source (id int, k int, amount numeric(10, 2), generation int)" \
    "INSERT INTO source SELECT g, g % 5, g * 1.5, 1 FROM generate_series(1, 1000) AS g"
query_file base.sql <<< "SELECT id, k, amount, generation FROM source"
query_file sums.sql <<< "SELECT k, sum(amount) AS amount, max(generation) AS generation FROM base GROUP BY k"
config
matswap run
exits "the first run" 0
sql "GRANT SELECT ON base, sums TO $owner"

# Three levels, two schemas, names that need quotes, and everything a view may carry.
sql "CREATE VIEW one WITH (security_barrier) AS SELECT id, k, amount, generation FROM base WHERE k <> 4" \
    "CREATE VIEW apps.\"Two's\" (\"The Id\", g, amount, label) AS
       SELECT o.id, o.generation, s.amount, 'it''s \"' || o.k || '\"' FROM one AS o JOIN sums AS s USING (k)" \
    "CREATE VIEW apps.three AS SELECT t.*, (SELECT max(generation) FROM sums) AS newest FROM apps.\"Two's\" AS t" \
    "CREATE VIEW checked AS SELECT k, amount FROM source WHERE k IN (SELECT k FROM sums) WITH CASCADED CHECK OPTION" \
    "CREATE VIEW locally WITH (security_barrier = false) AS SELECT k FROM source WHERE k < (SELECT max(k) + 1 FROM base) WITH LOCAL CHECK OPTION" \
    "CREATE RECURSIVE VIEW apps.walk (n) AS SELECT min(id) FROM base UNION ALL SELECT n + 1 FROM walk WHERE n < 5" \
    "CREATE VIEW joined AS SELECT b.*, s.amount AS total FROM base AS b LEFT JOIN LATERAL (SELECT * FROM sums WHERE sums.k = b.k) AS s ON true" \
    "CREATE VIEW renamed AS SELECT id AS was, k FROM base" "ALTER VIEW renamed RENAME COLUMN was TO \"is\"" \
    "ALTER VIEW one OWNER TO $owner" "ALTER VIEW apps.three OWNER TO $owner" "GRANT SELECT ON apps.\"Two's\" TO $owner" \
    "REVOKE TRIGGER ON one FROM $owner" "GRANT SELECT ON one TO $reader WITH GRANT OPTION" \
    "GRANT SELECT (newest, \"The Id\") ON apps.three TO $reader" "GRANT UPDATE (amount) ON checked TO $reader" \
    "COMMENT ON VIEW one IS 'the first'" "COMMENT ON COLUMN apps.\"Two's\".\"The Id\" IS 'the id, \"quoted\"'" \
    "ALTER VIEW checked ALTER COLUMN amount SET DEFAULT 7" \
    "CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'" \
    "CREATE TRIGGER instead INSTEAD OF INSERT ON apps.three FOR EACH ROW EXECUTE FUNCTION instead()" \
    "CREATE RULE nothing AS ON DELETE TO renamed DO INSTEAD NOTHING" ||
    { not_ok "the dependents can be made"; exit 1; }
[ "$(sql "SHOW server_version_num")" -lt 150000 ] || sql "ALTER VIEW joined SET (security_invoker = true)"
# Functions whose bodies are text, resolved when they run.
sql "CREATE FUNCTION newest() RETURNS int LANGUAGE plpgsql STABLE AS
       'DECLARE r base; BEGIN SELECT * INTO r FROM base ORDER BY generation DESC LIMIT 1; RETURN r.generation; END'" \
    "CREATE FUNCTION newest_sql() RETURNS int LANGUAGE sql AS 'SELECT max(newest) FROM apps.three'"

query="SELECT (SELECT max(generation) FROM one), (SELECT max(g) FROM apps.\"Two's\"), (SELECT max(newest) FROM apps.three),
 (SELECT max(generation) FROM joined), (SELECT count(*) FROM renamed), (SELECT count(*) FROM apps.walk), newest(), newest_sql()"
surroundings()
{
    schema_dump
    sql "SELECT c.oid, c.relname, c.relacl, c.relowner::regrole, c.reloptions FROM pg_class AS c WHERE c.relkind = 'v'
           AND c.relnamespace IN ('public'::regnamespace, 'apps'::regnamespace) ORDER BY 2"
}

# Readers: a prepared statement and the functions in one session; many short sessions meanwhile.
session_begin reader
session reader "PREPARE p AS $query; PREPARE star AS SELECT * FROM apps.three ORDER BY 1 LIMIT 1; SET plan_cache_mode = force_generic_plan;" > /dev/null
read_on()
{
    # one statement is one snapshot: what it says is of one generation
    local script=$work/read_on.sql
    for ((i = 0; i < 300; i++)); do
        echo "SELECT count(DISTINCT x) FROM (SELECT max(generation) FROM one UNION ALL SELECT max(newest) FROM apps.three
                UNION ALL SELECT max(g) FROM apps.\"Two's\" UNION ALL SELECT max(generation) FROM base) AS s (x);"
        echo "SELECT newest_sql() - newest() BETWEEN -1 AND 1;"
    done > "$script"
    # Whatever is not "one generation" goes to the file.  The functions resolve names when they run, so a swap may come
    # between the two.
    while [ ! -e "$work/stop" ]; do psql -XqAt -v ON_ERROR_STOP=0 -f "$script" 2>&1; done | grep -vxE "1|t" > "$work/readers"
}
read_on &
readers=$!

before=$(surroundings)
for generation in 2 3 4 5 6; do
    sql "UPDATE source SET generation = $generation"
    matswap run
    exits "generation $generation" 0
    same "generation $generation: every view that reads the set shows it" "$generation|$generation|$generation|$generation|1000|5|$generation|$generation" "$(sql "$query")"
    same "generation $generation: a prepared statement too" "$generation|$generation|$generation|$generation|1000|5|$generation|$generation" "$(session reader "EXECUTE p;")"
    same "generation $generation: and one with a star" "1|$generation|" "$(session reader "EXECUTE star;" | sed -E 's/^([0-9]+\|[0-9]+\|).*/\1/')"
    same "generation $generation: nothing else about them has changed" "$before" "$(surroundings)"
done
touch "$work/stop"
wait $readers
same "readers through them saw no error and one generation at a time" "" "$(sort "$work/readers" | uniq -c)"
same "their privileges work" "6" "$(sql "SET ROLE $reader" "SELECT max(newest) FROM apps.three")"
same "a check option still checks" "new row violates check option" \
    "$(sql "INSERT INTO checked VALUES (77, 1)" 2>&1 | grep -oE 'new row violates check option')"
same "a default still holds" "7.00" "$(sql "INSERT INTO checked (k) VALUES (1) RETURNING amount")"
same "nothing is left over" "" "$(leftovers)"

# A view that is not there any more when the swap comes, or a new one: nothing is swapped under it.
oid=$(sql "SELECT 'base'::regclass::oid")
session_begin holder
session holder "BEGIN; SELECT count(*) FROM base;" > /dev/null
matswap_begin run
wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_locks
    WHERE relation = 'base'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted" ||
    not_ok "the swap does not wait: $(cat "$work/err")"
session holder "CREATE VIEW late AS SELECT k FROM base; COMMIT;" > /dev/null
matswap_end
session_end holder
exits "a view made since is not broken" 1
says "it is told" "somebody changed the live views"
same "the old generation serves it" "$oid" "$(sql "SELECT 'base'::regclass::oid")"
matswap run
exits "the next run takes it along" 0
same "bound to the new generation" "t" "$(sql "SELECT count(*) = 1001 FROM late")"
sql "DROP VIEW late"

# ---- changes of columns

# broken WHAT PATTERN...: refused before the build
broken()
{
    local what=$1 state
    shift
    state=$(surroundings)
    matswap run
    exits "$what is refused" 2
    for pattern in "$@"; do says "$what names dependent and column" "^matswap: $pattern"; done
    ! grep -qE ' (snapshot|built) ' "$work/err" && ok "$what: before the build" || not_ok "$what: after the build began"
    same "$what: nothing changed" "$state" "$(surroundings)"
}
query_file base.sql <<< "SELECT id, k, generation FROM source"
query_file sums.sql <<< "SELECT k, count(*) AS amount, max(generation) AS generation FROM base GROUP BY k"
broken "a column that is gone" 'column amount \(numeric\(10,2\)\) of public\.base, which view public\.one uses, is gone' \
    'column amount .*public\.base.*public\.joined' "column amount of public\.sums.*apps\.\"Two's\" uses, changes its type from numeric to bigint"
query_file base.sql <<< "SELECT id::bigint AS id, k, amount, generation FROM source"
query_file sums.sql <<< "SELECT k, sum(amount) AS amount, max(generation) AS generation FROM base GROUP BY k"
broken "a column of another type" 'column id of public\.base, which view public\.one uses, changes its type from integer to bigint' \
    'column id of public\.base.*public\.renamed' 'column id of public\.base.*apps\.walk'
query_file base.sql <<< "SELECT id, k, amount::numeric(12, 2) AS amount, generation FROM source"
broken "a column of another precision" 'column amount of public\.base.*public\.one uses.*numeric\(10,2\) to numeric\(12,2\)'

# Columns that nobody outside uses may change, others may change their place, and new ones may come anywhere.
query_file base.sql <<< "SELECT amount, id, k, generation, 'new' AS added FROM source"
dump=$(schema_dump --table=one --table='apps.*' --table=renamed --table=checked)
matswap run
exits "columns in another order, with a new one" 0
same "the views that read it are the same" "$dump" "$(schema_dump --table=one --table='apps.*' --table=renamed --table=checked)"
sql "DROP VIEW joined"
query_file base.sql <<< "SELECT id, k, amount, generation, 'new'::text AS added, now() AS at FROM source"
matswap run
exits "columns added at the end" 0
same "are there" "new" "$(sql "SELECT added FROM base LIMIT 1")"
same "and the dependents are as they were" "$dump" "$(schema_dump --table=one --table='apps.*' --table=renamed --table=checked)"
same "with today's rows" "1001" "$(sql "SELECT count(*) FROM renamed")"

# A rollback takes dependents along as a run does, or refuses.
matswap run --keep-old
exits "a generation is kept" 0
sql "CREATE MATERIALIZED VIEW unmanaged AS SELECT k FROM base" "CREATE VIEW late AS SELECT k FROM base" \
    "CREATE TABLE keeps_row (r sums)"
oid=$(sql "SELECT 'base'::regclass::oid")
matswap rollback
exits "a rollback under what can't follow is refused" 2
says "by name" '^matswap: materialized view public\.unmanaged reads public\.base'
says "all of it" '^matswap: column r of table public\.keeps_row has the row type of public\.sums'
same "nothing was swapped" "$oid" "$(sql "SELECT 'base'::regclass::oid")"
sql "DROP MATERIALIZED VIEW unmanaged" "DROP TABLE keeps_row"
matswap rollback
exits "without it the old generation comes back" 0
same "and the view that reads it follows" "t" "$(sql "SELECT EXISTS (SELECT FROM pg_depend WHERE refobjid = 'base'::regclass
  AND objid IN (SELECT oid FROM pg_rewrite WHERE ev_class = 'late'::regclass)) AND 'base'::regclass <> $oid")"
session_end reader
drop_roles
finish
