#!/bin/bash
# Each kind of reference that a view's query can make to another view of the set is built, swapped twice while the
# sources change, and must give what the same files give on a database where psql executes them one after the other:
# contents, columns, definition, indexes, statistics, comments, privileges.  The constructs are in references/views.txt.
. "$(dirname "$0")/lib.sh"
. "$here/compare.sh"

schemas='^(app|far|Odd "s\.é)$'
path='app, "Odd ""s.é", data'

# split_fixture: references/views.txt becomes the files of the set, and $work/plain.sql, what psql executes
split_fixture()
{
    mkdir -p "$work/queries/sub"
    awk -v folder="$work/queries" -v plain="$work/plain.sql" '
        function quoted(text) { gsub(/"/, "\"\"", text); return "\"" text "\"" }
        function close_file(    dot, name)
        {
            if (file == "")
                return
            printf "%s%s", body, (file ~ /_last$/ ? "" : "\n") > (folder "/" (++count % 7 == 0 ? "sub/" : "") file ".sql")
            close(folder "/" (count % 7 == 0 ? "sub/" : "") file ".sql")
            dot = index(file, ".")
            name = dot ? quoted(substr(file, 1, dot - 1)) "." quoted(substr(file, dot + 1)) : "app." quoted(file)
            printf "%s%s\n;\n", (bare ? "CREATE MATERIALIZED VIEW " name " AS\n" : ""), body > plain
            body = file = ""
        }
        /^-- ========/ { close_file(); next }
        /^-- (query|file): / { close_file(); bare = $2 == "query:"; file = $0; sub(/^-- (query|file): /, "", file); next }
        file != "" && /^$/ { next }
        file != "" { body = body (body == "" ? "" : "\n") $0 }
        END { close_file() }' "$here/references/views.txt"
}

roles="DO \$\$ BEGIN
    CREATE ROLE it_references_reader; CREATE ROLE it_references_writer;
EXCEPTION WHEN duplicate_object THEN NULL; END \$\$"

split_fixture
PGDATABASE=postgres sql "$roles"

# From scratch, on the sources as they are at the end.
fresh_database it_references_plain
psql -XqAt -v ON_ERROR_STOP=1 -f "$here/references/sources.sql" -f "$here/references/changes.sql" \
    -f "$here/references/changes.sql" > /dev/null || not_ok "the sources"
PGOPTIONS="$PGOPTIONS -c search_path=$(option_value "$path")" \
    psql -XqAt -v ON_ERROR_STOP=1 -f "$work/plain.sql" > "$work/plain.out" 2>&1 || { not_ok "psql executes the files"; cat "$work/plain.out"; }
sql "SELECT format('REFRESH MATERIALIZED VIEW %s', oid::regclass) FROM pg_class WHERE relkind = 'm' AND NOT relispopulated" | psql -Xq
describe "$schemas" "$path" > "$work/plain.txt"

# Three generations, the sources changed before the second and the third.
fresh_database it_references
sql "$(cat "$here/references/sources.sql")"
set=references config 'schema = app'
printf '[session]\nsearch_path = %s\n' "$path" >> "$work/matswap.ini"
for generation in 1 2 3; do
    [ $generation = 1 ] || psql -Xq -v ON_ERROR_STOP=1 -f "$here/references/changes.sql" || not_ok "the sources change"
    matswap run
    exits "generation $generation is published" 0
    same "generation $generation leaves nothing over" "" "$(leftovers)"
done
describe "$schemas" "$path" > "$work/swapped.txt"
same_views "$work/plain.txt" "$work/swapped.txt" 320

same "nothing depends on another generation" "" "$(stray_dependencies)"
finish
