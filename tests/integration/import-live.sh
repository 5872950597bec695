#!/bin/bash
# import-live.sh: what was live under an import's name before: a table of somebody's own, which is refused or adopted; what is
# on it that would be lost; views that become imports and imports that become views, are renamed, or leave the set.
source "$(dirname "$0")/lib.sh"
fresh_database

# configure LINE...: of the section [import t]
configure()
{
    config
    printf '%s\n' "[import t]" "file = t.csv" "$@" >> "$work/matswap.ini"
}
csv()
{
    { echo id; seq "$1"; } > "$work/t.csv"
}

# refused WHAT PATTERN...
refused()
{
    local pattern
    matswap check
    exits "$1" 2
    for pattern in "${@:2}"; do says "$1: it is told" "$pattern"; done
    matswap run
    exits "$1: run" 2
    same "$1: nothing was touched" "1000" "$(sql "SELECT max(id) FROM t"; leftovers)"
}

echo "CREATE TABLE t (id int PRIMARY KEY)" | query_file t.sql
echo "SELECT count(*) FROM t" | query_file reader.sql
csv 3

# ---- somebody's own table ----
sql "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1000)"
configure
refused "a table that nobody has published" \
    "queries/t.sql:1:1: public.t is a table that no run of the set has published: its rows may be somebody's own; \
if the import is to take its place, write .adopt = yes. into \[import t\] of .*matswap.ini"
configure "adopt = yes"
sql "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE ROLE import_live;
     CREATE TRIGGER audit AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
     CREATE RULE quiet AS ON DELETE TO t DO INSTEAD NOTHING; CREATE POLICY own ON t USING (id > 0);
     ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE TABLE child () INHERITS (t); CREATE SEQUENCE ids OWNED BY t.id;
     CREATE TABLE refers (id int REFERENCES t)" 2> /dev/null ||
    not_ok "setting up what is on the table"
refused "what is on the table, or bound to it" "trigger audit on table public.t is on public.t, which an import replaces" \
    "rule quiet on table public.t is on" "policy own on table public.t is on" "row security is enabled on public.t, which" \
    "table public.child depends on public.t, and can't follow" "sequence public.ids is owned by .*OWNED BY NONE" \
    "constraint refers_id_fkey on table public.refers refers to public.t, and can't follow"
sql "DROP TABLE refers, child; DROP SEQUENCE ids; DROP POLICY own ON t; DROP RULE quiet ON t; DROP TRIGGER audit ON t;
     ALTER TABLE t DISABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO import_live; COMMENT ON TABLE t IS 'mine';
     ALTER TABLE t ADD CONSTRAINT small CHECK (id < 2000), ADD CONSTRAINT again UNIQUE (id), ADD COLUMN extra text; CREATE VIEW outside AS SELECT id FROM t"
matswap run
exits "it is adopted" 0
says "a constraint that the file does not state is told" \
    "warning: constraint small of public.t is not carried over: the file's CREATE TABLE does not state it"
same "its constraint's index is not left without it" "" "$(sql "SELECT to_regclass('again')")"
same "the data" "3|3|3" "$(sql "SELECT (SELECT count(*) FROM t), count, (SELECT count(*) FROM outside) FROM reader")"
same "what was on it" "mine t" "$(sql "SELECT obj_description('t'::regclass), has_table_privilege('import_live', 't', 'SELECT')" | tr '|' ' ')"
configure
csv 4
matswap run
exits "published once, it needs no adopt" 0
rm "$work/state/journal.db"*
csv 5
matswap run
exits "nor does it without its journal" 0
same "the data without a journal" "5|5" "$(sql "SELECT (SELECT count(*) FROM t), count FROM reader")"

# ---- somebody replaces it by hand ----
sql "DROP VIEW outside; DROP MATERIALIZED VIEW reader; ALTER TABLE t RENAME TO was_t; CREATE TABLE t (id int PRIMARY KEY);
     INSERT INTO t VALUES (1000)"
refused "a table that somebody put in its place" "public.t is a table that no run of the set has published"
sql "DROP TABLE t; ALTER TABLE was_t RENAME TO t"

# ---- a table where a view is to be ----
echo "SELECT 7 AS id" | query_file t.sql
config
matswap run
exits "an import becomes a materialized view" 0
says "it says so" "table → materialized view"
same "an import becomes a materialized view: the data" "7|1" "$(sql "SELECT id, count FROM t, reader")"
echo "CREATE TABLE t (id int PRIMARY KEY)" | query_file t.sql
configure
matswap run
exits "a materialized view becomes an import" 0
same "a materialized view becomes an import: the data" "5|5" "$(sql "SELECT (SELECT count(*) FROM t), count FROM reader")"
same "the privileges are those of before" t "$(sql "SELECT has_table_privilege('import_live', 't', 'SELECT')")"
sql "CREATE TABLE other AS SELECT 1000 AS id"
echo "SELECT 1 AS id" | query_file other.sql
matswap check
exits "a table of somebody's own where a view is to be" 2
says "it is told" "queries/other.sql:1:1: public.other is a table that no run of the set has published: its rows may be somebody's own; if the view is to take its place, write .adopt = yes. into \[view public.other\]"
rm "$work/queries/other.sql"

# ---- renamed, removed ----
mv "$work/queries/t.sql" "$work/queries/u.sql"
echo "CREATE TABLE u (id int PRIMARY KEY)" | query_file u.sql
echo "SELECT count(*) FROM u" | query_file reader.sql
config
printf '%s\n' "[import u]" "file = t.csv" "[view u]" "renamed_from = t" >> "$work/matswap.ini"
matswap run
exits "an import that is renamed" 0
same "it takes over what was on the old one" "mine t" \
    "$(sql "SELECT obj_description('u'::regclass), has_table_privilege('import_live', 'u', 'SELECT')" | tr '|' ' ')"
same "whose name is gone" "" "$(sql "SELECT to_regclass('t')")"
printf '%s\n' "[import v]" "file = t.csv" "[view v]" "renamed_from = other" >> "$work/matswap.ini"
echo "CREATE TABLE v (id int)" | query_file v.sql
matswap check
exits "a table of somebody's own is no former name" 2
says "it is told" "public.other is a table that no run of the set has published"
rm "$work/queries/v.sql" "$work/queries/u.sql"
echo "SELECT 1 AS n" | query_file reader.sql
config
matswap run
exits "an import that leaves the set" 0
same "is left alone" 5 "$(sql "SELECT count(*) FROM u")"
says "and that is told" "public.u.*(left alone|no more)"
matswap run --drop-removed
exits "--drop-removed" 0
same "drops it, and no table of somebody's own" "|other" "$(sql "SELECT to_regclass('u'), to_regclass('other')")"
same "nothing is left over" "" "$(leftovers)"
sql "DROP OWNED BY import_live; DROP ROLE import_live"
finish
