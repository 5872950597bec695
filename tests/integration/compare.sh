# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# compare.sh: compares the views of two databases, one of them built by matswap, the other by psql; to be sourced.

# option_value TEXT: escaped for a value in PGOPTIONS
option_value()
{
    printf '%s' "$1" | sed 's/[\\ ]/\\&/g'
}

# describe SCHEMAS PATH: all about the views of the schemas that match, under that search_path, one line a fact
describe()
{
    PGOPTIONS="$PGOPTIONS -c search_path=$(option_value "$2")" \
        psql -XqAt -F '|' -v ON_ERROR_STOP=1 -v schemas="$1" -f "$here/describe.sql" || not_ok "describe.sql"
}

# same_views EXPECTED ACTUAL LEAST: one test per view; there must be LEAST of them, and the same ones on both sides
same_views()
{
    local view verdict count=0
    while IFS=$'\t' read -r verdict view; do
        count=$((count + 1))
        if [ "$verdict" = same ]; then
            ok "$view"
        else
            not_ok "$view"
            diff <(grep -F -- "$view|" "$1") <(grep -F -- "$view|" "$2") | sed 's/^/#   /' | head -n 12
        fi
    done < <(awk -F'|' '
        { view = $1; seen[view] = 1; text[FILENAME == ARGV[1], view] = text[FILENAME == ARGV[1], view] "\n" $0 }
        END { for (view in seen) print (text[0, view] == text[1, view] ? "same" : "different") "\t" view }' "$1" "$2" | sort -k 2)
    [ "$count" -ge "$3" ] && ok "$count views compared" || not_ok "only $count views compared, not $3"
}

# stray_dependencies: what in the catalog refers to a generation other than the live one
stray_dependencies()
{
    sql "SELECT pg_describe_object(classid, objid, objsubid) || ' depends on ' || pg_describe_object(refclassid, refobjid, refobjsubid)
         FROM pg_depend, pg_identify_object(refclassid, refobjid, refobjsubid) i
         WHERE refobjid >= 16384 AND (i.schema ~ '_(new|old)\$' OR i.type = 'schema' AND i.name ~ '_(new|old)\"?\$')" \
        "SELECT 'without its type: ' || relname FROM pg_class WHERE relkind IN ('m', 'v') AND oid >= 16384
         AND NOT EXISTS (SELECT FROM pg_type WHERE typrelid = pg_class.oid AND typnamespace = relnamespace)"
}
