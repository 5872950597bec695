#!/bin/bash
# refusals.sh: what would make a run fail is named before the first build, all of it at once, with exit 2; nothing is
# touched: no schema made, no relation, no run in the journal.
source "$(dirname "$0")/lib.sh"

user=it_refusals_user other=it_refusals_other
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_refusals WITH (FORCE)' \
        -c "DROP ROLE IF EXISTS $user, $other"
}
drop_roles
fresh_database
sql "CREATE ROLE $user LOGIN" "CREATE ROLE $other" \
    "CREATE TABLE source AS SELECT g AS id, g % 3 AS k FROM generate_series(1, 30) AS g"

state()
{
    sql "SELECT 'schema', nspname, obj_description(oid) FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast_temp)' ORDER BY 2" \
        "SELECT c.oid, c.relname, c.relnamespace::regnamespace, c.relfilenode FROM pg_class AS c
          WHERE c.oid >= 16384 AND c.relnamespace <> 'pg_toast'::regnamespace ORDER BY 1"
}

# refused WHAT PATTERN...: `check` and `run` exit with 2, write a line for each pattern and as many errors as there are
# patterns, and touch nothing.
refused()
{
    local what=$1 before command pattern
    shift
    before=$(state)
    for command in check run; do
        matswap $command
        exits "$what: $command refuses" 2
        for pattern in "$@"; do
            says "$what: $command names it" "^matswap: $pattern"
        done
        same "$what: $command says nothing else" $# "$(grep -c '^matswap: ' "$work/err")"
        same "$what: $command leaves the catalog alone" "$before" "$(state)"
    done
    matswap status --format=json
    # without a configuration there is no status
    [ "$code" = 2 ] || says "$what: the journal holds no unfinished run" '^\{"runs":\[\],' "$work/out"
}

# set_of NAME QUERY...: the set's files, and nothing else
set_of()
{
    rm -rf "$work/queries"
    while [ $# -gt 0 ]; do
        query_file "$1.sql" <<< "$2"
        shift 2
    done
}

# ---- the configuration

set_of base "SELECT id, k FROM source"
config "job = 2" "keep_old = perhaps" "tolerance = 1%"
printf '%s\n' "[veiw base]" "[view bse]" "[session]" >> "$work/matswap.ini"
refused "a configuration" '.*matswap\.ini:[0-9]+: unknown key job in .*did you mean jobs\?' \
    '.*matswap\.ini:[0-9]+: keep_old = perhaps is neither yes nor no' '.*matswap\.ini:[0-9]+: unknown key tolerance' \
    '.*matswap\.ini:[0-9]+: unknown section \[veiw base\].*did you mean \[view NAME\]'
config
echo "[view bse]" >> "$work/matswap.ini"
refused "rules for a view that is not there" '.*matswap\.ini:[0-9]+: \[view bse\] names no view.*did you mean \[view base\]'
config "conninfo = host=/tmp password=secret"
refused "a password" '.*matswap\.ini:[0-9]+: conninfo holds a password'
says "the password is not repeated" '' && ! grep -q secret "$work/err" || not_ok "the password is repeated"
config

# ---- the files

set_of base "SELECT id, k FROM source" broken $'-- a comment\nSELECT id\n  FRM source k s' \
    copy "CREATE MATERIALIZED VIEW base AS SELECT 1 AS x" drop $'SELECT 1;\n' drop2 $'CREATE VIEW v AS SELECT 1 AS x;\nDROP TABLE source;'
refused "files" '.*queries/broken\.sql:3:[0-9]+: syntax error at or near "[a-z]+"' \
    '.*queries/copy\.sql:1:1: a second statement creates public\.base; .*queries/base\.sql' '.*queries/drop2\.sql:2:[0-9]+: .*DROP'
set_of base "SELECT id, k FROM source" stray "CREATE INDEX ON source (id)" grants "GRANT SELECT ON bsae TO PUBLIC" \
    twice "CREATE INDEX i ON base (id); CREATE INDEX i ON base (k)"
refused "statements about other relations" '.*queries/stray\.sql:1:[0-9]+: .*source' '.*queries/grants\.sql:1:[0-9]+: .*bsae' \
    '.*queries/twice\.sql:1:30: a second statement creates public\.i;'
set_of a "SELECT * FROM b" b "SELECT * FROM public.c" c "SELECT x FROM (SELECT * FROM a) AS s" free "SELECT 1 AS x" \
    self "SELECT * FROM self"
refused "cycles" '.*queries/a\.sql:1:[0-9]+: .*a.*b.*c' '.*queries/self\.sql:1:[0-9]+: .*self'
set_of base "SELECT id, k FROM source" reader "SELECT * FROM baes" \
    other "SELECT id FROM nowhere.at_all, base" third "SELECT 1::no_such_type AS x"
refused "relations that nobody has" '.*queries/reader\.sql:1:15: relation (public\.)?baes: neither the set nor the database.*did you mean (public\.)?base' \
    '.*queries/other\.sql:1:16: relation nowhere\.at_all: neither' '.*queries/third\.sql:1:[0-9]+: type .*no_such_type'
set_of base "SELECT id, k FROM source" column "SELECT kk FROM base" function "SELECT id FROM base WHERE no_such(id)" \
    behind "SELECT * FROM public.column" fine "SELECT id FROM base"
refused "what only the server can see" '.*queries/column\.sql:1:' '.*queries/function\.sql:1:'
matswap check
says "with the server's words" 'column "kk" does not exist'
rm -rf "$work/queries"
mkdir "$work/queries"
refused "no files" '.*matswap\.ini.*no file in .*queries creates a view'

# ---- what has the names

set_of base "SELECT id, k FROM source" other "SELECT 1 AS x" seq "SELECT 1 AS x" \
    indexed "CREATE MATERIALIZED VIEW indexed AS SELECT id FROM source; CREATE INDEX taken ON indexed (id);"
sql "CREATE TABLE base AS SELECT 1 AS x" "CREATE SEQUENCE seq" "CREATE TYPE other AS (x int)" "CREATE INDEX taken ON source (id)"
refused "names that are taken" '.*queries/base\.sql:1:1: public\.base is a table that no run of the set has published' \
    '.*queries/seq\.sql:1:1: public\.seq is a sequence' '.*public\.other is a composite type' \
    '.*queries/indexed\.sql:1:[0-9]+: the name public\.taken is taken by index (public\.)?taken'
sql "DROP TABLE base" "DROP SEQUENCE seq" "DROP TYPE other" "DROP INDEX taken"
set_of base "SELECT id, k FROM source"
sql "CREATE SCHEMA public_new CREATE TABLE precious (x int)" "CREATE SCHEMA public_old CREATE VIEW precious AS SELECT 1 AS x"
refused "foreign schemas" 'schema public_new.*is not empty: table public_new\.precious' \
    'schema public_old.*is not empty.*: view public_old\.precious'
sql "DROP TABLE public_new.precious" "DROP VIEW public_old.precious" "COMMENT ON SCHEMA public_new IS 'matswap set=theirs run=1 incoming'"
refused "another set's schema" 'schema public_new belongs to set theirs'
sql "DROP SCHEMA public_new" "DROP SCHEMA public_old"
set_of nowhere.base "SELECT id, k FROM source"
refused "a schema that does not exist" 'schema nowhere, in which the set has views, does not exist; CREATE SCHEMA nowhere'
long=$(printf 's%.0s' {1..60})
set_of "$long.base" "SELECT id, k FROM source"
refused "a schema whose shadow's name would be cut" ".*matswap\.ini: suffix_new of schema $long makes ${long}_new, a name of 64 bytes" \
    ".*matswap\.ini: suffix_old of schema $long makes ${long}_old, a name of 64 bytes"

# ---- what depends on the set

set_of base "SELECT id, k FROM source" top "SELECT k, count(*) AS n FROM base GROUP BY k"
matswap run
exits "a live generation" 0
sql "CREATE MATERIALIZED VIEW unmanaged AS SELECT * FROM base" \
    "CREATE VIEW reads_unmanaged AS SELECT * FROM unmanaged" \
    "CREATE VIEW whole_row AS SELECT b AS r FROM base AS b" \
    "CREATE MATERIALIZED VIEW \"Un'managed\" AS SELECT count(*) FROM whole_row" \
    "CREATE FUNCTION takes_row(r base) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'" \
    "CREATE FUNCTION by_name() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM top'" \
    "CREATE TABLE keeps_row (r base)" "CREATE TABLE keeps_rows (x int, r top[])" \
    "CREATE DOMAIN a_domain AS base" "CREATE TYPE composite AS (x int, y base)" \
    "CREATE FUNCTION a_row() RETURNS base IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'" \
    "CREATE TABLE guarded (id int CONSTRAINT checked CHECK (a_row() IS NULL), g bool GENERATED ALWAYS AS (a_row() IS NULL) STORED)" \
    "CREATE INDEX indexed ON guarded ((a_row() IS NULL))" \
    "CREATE CAST (base AS int) WITH FUNCTION takes_row(base)"
refused "dependents" 'materialized view (public\.)?unmanaged reads .*base.*; it belongs in the set .* this adopts it: psql ' \
    "materialized view public\\.\"Un'managed\" reads public\\.whole_row" \
    '.*keeps_row has the row type' '.*keeps_rows has the row type' 'type (public\.)?a_domain is made from' \
    'column y of composite type public\.composite has the row type' \
    'constraint checked on table public\.guarded refers to public\.a_row\(\), and .*; drop the constraint' \
    'default value for column g of table public\.guarded is generated from public\.a_row' 'index public\.indexed depends on public\.a_row' \
    'cast from public\.base to integer converts'
sql "DROP CAST (base AS int)" "DROP TABLE guarded" "DROP TYPE composite" "DROP DOMAIN a_domain" "DROP TABLE keeps_row, keeps_rows" "DROP VIEW reads_unmanaged"
# the line that adopts a view does
matswap check
while read -r line; do eval "$line"; done < <(sed -n 's/^.*this adopts it: //p' "$work/err")
refused "what they read" 'view public\.whole_row stands between views of the set'
sql "DROP MATERIALIZED VIEW \"Un'managed\""
rm "$work/queries/public.\"Un'managed\".sql"
matswap run
exits "with the other one adopted it runs" 0
same "as one of the set" "3" "$(ls "$work/queries" | wc -l)"
sql "DROP MATERIALIZED VIEW unmanaged" "DROP VIEW whole_row" "DROP FUNCTION takes_row" "DROP FUNCTION a_row" "DROP FUNCTION by_name"
rm "$work/queries/public.unmanaged.sql"
matswap check
exits "with them gone nothing is in the way" 0
set_of base "SELECT id, k FROM source" top "SELECT k, count(*) AS n FROM between_them GROUP BY k"
sql "CREATE VIEW first_between AS SELECT * FROM base" "CREATE VIEW between_them AS SELECT * FROM first_between"
refused "views between views of the set" 'view (public\.)?between_them stands between views of the set: it reads .*base' \
    'view (public\.)?first_between stands between'
sql "DROP VIEW between_them" "DROP VIEW first_between"
set_of base "SELECT id, k, 1 AS more FROM source" top "SELECT k, count(*) AS n FROM base GROUP BY k"
matswap run
exits "the set as it was" 0

# ---- privileges

config "conninfo = user=$user"
refused "a stranger" '.*role it_refusals_user.*(public|schema).*' '.*queries/base\.sql:1:1: public\.base is owned by .*, and role it_refusals_user may not act for it' \
    '.*queries/top\.sql:1:1: public\.top is owned by .*GRANT' 'role it_refusals_user may not create schemas in database it_refusals.*CREATE SCHEMA public_new AUTHORIZATION it_refusals_user' \
    'role it_refusals_user lacks CREATE on schema public; GRANT CREATE ON SCHEMA public TO it_refusals_user' \
    'role it_refusals_user may not insert into matswap\.generation; GRANT SELECT, INSERT'
sql "ALTER MATERIALIZED VIEW base OWNER TO $user" "ALTER MATERIALIZED VIEW top OWNER TO $other" \
    "GRANT CREATE ON DATABASE it_refusals TO $user" "GRANT CREATE ON SCHEMA public TO $user, $other"
sql "GRANT USAGE ON SCHEMA matswap TO $user" "GRANT SELECT, INSERT ON matswap.generation, matswap.failure TO $user"
refused "an owner of half of it" '.*queries/top\.sql:1:1: public\.top is owned by it_refusals_other, and .*; GRANT it_refusals_other TO it_refusals_user' \
    '.*queries/base\.sql:1:1: public\.base cannot be filled by it_refusals_user, .*; GRANT SELECT ON public\.source TO' \
    '.*queries/top\.sql:1:1: public\.top cannot be filled by it_refusals_other, .*; GRANT SELECT ON public\.base TO'
sql "GRANT $other TO $user"
refused "roles that may not read what their views read" \
    '.*queries/base\.sql:1:1: public\.base cannot be filled by it_refusals_user, its owner, who may not read public\.source' \
    '.*queries/top\.sql:1:1: public\.top cannot be filled by it_refusals_other, its owner, who may not read public\.base'
sql "GRANT SELECT ON source TO $user" "GRANT SELECT ON base TO $other"
matswap run
exits "with these rights it runs" 0
says "as it should" swapped
drop_roles
finish
