#!/bin/bash
# dependents-changes.sh: what is bound to the set and made anew or replaced by a swap: changed while the generation is
# built, it is noticed, and nothing is lost; it follows a change of columns and a rollback; a dry run shows all of it.
source "$(dirname "$0")/lib.sh"

fresh_database
version=$(sql "SHOW server_version_num")
sql "CREATE SCHEMA api" "CREATE TABLE source (id int, k int, amount numeric(10, 2), generation int)" \
    "INSERT INTO source SELECT g, g % 5, g * 1.5, 1 FROM generate_series(1, 50) AS g"
query_file base.sql <<< "SELECT id, k, amount, generation FROM source"
query_file sums.sql <<< "SELECT k, sum(amount) AS amount, max(generation) AS generation FROM base GROUP BY k"
config
matswap run
exits "the first run" 0
sql "CREATE FUNCTION api.rows() RETURNS SETOF base LANGUAGE sql AS 'SELECT * FROM public.base'" \
    "CREATE FUNCTION api.label(r base) RETURNS text LANGUAGE sql AS \$\$ SELECT r.id || ' in ' || r.generation \$\$" \
    "CREATE VIEW api.whole AS SELECT b AS r, api.label(b) AS label FROM base AS b" \
    "CREATE VIEW api.scalar AS SELECT label, s.amount FROM api.whole AS w, sums AS s WHERE s.k = 0" \
    "CREATE RULE nothing AS ON DELETE TO api.whole DO INSTEAD NOTHING" \
    "CREATE TABLE api.guarded (id int DEFAULT length(api.label(NULL)), k int)" \
    "ALTER TABLE api.guarded ENABLE ROW LEVEL SECURITY" \
    "CREATE POLICY looks ON api.guarded USING (k IN (SELECT s.k FROM sums AS s))" \
    "CREATE FUNCTION api.trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'" \
    "CREATE TRIGGER asks AFTER DELETE ON api.guarded FOR EACH ROW WHEN (api.label(ROW(old.id, 1, 1, 7)::base) <> '') EXECUTE FUNCTION api.trigger()" ||
    { not_ok "the dependents can be made"; exit 1; }

# ---- a dry run shows each statement, and does nothing

before=$(schema_dump)
matswap run --dry-run
exits "a dry run" 0
for statement in 'ALTER ROUTINE api\.label\(r public\.base\) RENAME TO matswap_[0-9]+;' 'ALTER VIEW api\.whole RENAME TO matswap_[0-9]+;' \
    'SET LOCAL check_function_bodies = off;' 'CREATE OR REPLACE FUNCTION api\.rows\(\)' 'CREATE VIEW api\.whole \(r, label\) AS' \
    'CREATE OR REPLACE VIEW api\.scalar \(label, amount\) AS' 'CREATE OR REPLACE RULE nothing AS' 'ALTER POLICY looks ON api\.guarded USING' \
    'ALTER TABLE ONLY api\.guarded ALTER COLUMN id SET DEFAULT' 'DROP TRIGGER asks ON api\.guarded RESTRICT;' 'CREATE TRIGGER asks ' \
    'DROP VIEW api\.matswap_[0-9]+ RESTRICT;' 'DROP ROUTINE api\.matswap_[0-9]+ RESTRICT;' 'ALTER TABLE api\.guarded OWNER TO '; do
    says "shows $statement" "$statement" "$work/out"
done
same "without CASCADE" "" "$(grep -i cascade "$work/out")"
same "and does none of it" "$before" "$(schema_dump)"

# ---- changes while the generation is built are noticed under the locks

# meanwhile WHAT STATEMENT...: executed while the swap waits for its locks
session_begin holder
meanwhile()
{
    local what=$1 oid state
    shift
    session holder "BEGIN; SELECT count(*) FROM base;" > /dev/null
    oid=$(sql "SELECT 'base'::regclass::oid")
    matswap_begin run
    # it makes that schema when it is about to swap
    wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_namespace WHERE nspname = 'public_old'" ||
        not_ok "$what: the run does not come to its swap"
    session holder "$*; COMMIT;" > "$work/holder"
    matswap_end
    exits "$what: noticed" 1
    says "$what: told" "somebody changed"
    state=$(schema_dump)
    same "$what: nothing is swapped" "$oid" "$(sql "SELECT 'base'::regclass::oid")"
    matswap run
    exits "$what: the next run takes it along" 0
    same "$what: it is still there" "$state" "$(schema_dump)"
}
meanwhile "a function" "CREATE OR REPLACE FUNCTION api.label(r base) RETURNS text LANGUAGE sql AS \$\$ SELECT 'no ' || r.id || ' in ' || r.generation \$\$"
meanwhile "a privilege on a column of a view" "GRANT SELECT (label) ON api.whole TO PUBLIC"
session_end holder

# ---- a rollback takes them along

sql "UPDATE source SET generation = 2"
matswap run --keep-old
exits "a generation is kept" 0
same "all show the new one" "2|no 1 in 2|no 1 in 2" "$(sql "SELECT (SELECT max(generation) FROM api.rows()), (SELECT min(label) FROM api.whole), (SELECT min(label) FROM api.scalar)")"
before=$(schema_dump --exclude-schema='*_old')
matswap rollback
exits "the old one comes back" 0
same "all show it" "1|no 1 in 1|no 1 in 1" "$(sql "SELECT (SELECT max(generation) FROM api.rows()), (SELECT min(label) FROM api.whole), (SELECT min(label) FROM api.scalar)")"
same "pg_dump finds no difference" "$before" "$(schema_dump --exclude-schema='*_old')"
matswap rollback
exits "and forth again" 0
same "all show that" "2|no 1 in 2|no 1 in 2" "$(sql "SELECT (SELECT max(generation) FROM api.rows()), (SELECT min(label) FROM api.whole), (SELECT min(label) FROM api.scalar)")"

# ---- changes of columns

query_file base.sql <<< "SELECT id, k, amount, generation, 'new'::text AS added FROM source"
matswap run
exits "a column added, where a row is put together," 2
says "is refused by that" '^matswap: column added \(text.*\) of public\.base, whose whole rows trigger asks on table api\.guarded uses, is new'
same "and by nothing else" 1 "$(grep -c '^matswap:' "$work/err")"
sql "DROP TRIGGER asks ON api.guarded"
matswap run
exits "a column added at the end" 0
same "it is in the rows" "new|new" "$(sql "SELECT (SELECT max(added) FROM api.rows()), (SELECT max((r).added) FROM api.whole)")"
if [ "$version" -ge 140000 ]; then
    sql "CREATE FUNCTION api.atomic() RETURNS numeric BEGIN ATOMIC SELECT max(amount) FROM base; END"
    refused_columns="function api\\.atomic\\(\\)"
fi
query_file base.sql <<< "SELECT id, k::bigint AS k, generation, 'new'::text AS added FROM source"
query_file sums.sql <<< "SELECT k::int AS key, max(generation) AS generation FROM base GROUP BY k"
before=$(schema_dump)
matswap run
exits "columns that are gone are refused" 2
says "by policy" '^matswap: column k \(integer\) of public\.sums, which policy looks on table api\.guarded uses, is gone'
says "by view" '^matswap: column amount \(numeric\) of public\.sums, which view api\.scalar uses, is gone'
[ "$version" -lt 140000 ] || says "by function" "^matswap: column amount \\(numeric\\(10,2\\)\\) of public\\.base, which $refused_columns uses, is gone"
same "nothing is touched" "$before" "$(schema_dump)"
query_file base.sql <<< "SELECT id, k, generation, amount, 'new'::text AS added FROM source"
query_file sums.sql <<< "SELECT k, sum(amount) AS amount, max(generation) AS generation FROM base GROUP BY k"
sql "DROP VIEW api.scalar" "DROP VIEW api.whole" "ALTER TABLE api.guarded ALTER COLUMN id DROP DEFAULT"
matswap run --until=validated
exits "a generation is built and waits" 0
sql "CREATE VIEW api.counts AS SELECT q FROM base AS b (p, q, r)"
matswap resume
exits "a view made meanwhile that does not fit is refused" 2
says "by name" '^matswap: column amount .* of public\.base, which view api\.counts uses by position, moves from position 3 to 4'
sql "DROP VIEW api.counts" "CREATE VIEW api.counts AS SELECT k FROM base"
matswap resume
exits "one that does is taken along" 0
same "to the new generation" "50" "$(sql "SELECT count(*) FROM api.counts")"
sql "CREATE VIEW api.whole AS SELECT b AS r FROM base AS b"
query_file base.sql <<< "SELECT id, k, amount, generation, 7 AS more, 'new'::text AS added FROM source"
matswap run
exits "a column in between moves whole rows" 2
says "which are named" '^matswap: column added \(text.*\) of public\.base, whose whole rows view api\.whole uses by position, moves from position 5 to 6'
same "nothing is left over" "" "$(leftovers)"
finish
