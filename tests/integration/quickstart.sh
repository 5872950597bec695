#!/bin/bash
# quickstart.sh: docs/quickstart.md as somebody would follow it: every block of commands is run in one shell, in a folder of
# its own, and what the page shows of their output is what came out, but for numbers.
source "$(dirname "$0")/lib.sh"

page=$root/docs/quickstart.md
mkdir -p "$work/bin" "$work/home" "$work/tour"
ln -s "$MATSWAP" "$work/bin/matswap"
PGDATABASE=postgres psql -Xq -c "DROP DATABASE IF EXISTS shop_tour WITH (FORCE)"
unset PGDATABASE

# blocks LANGUAGE: those of the page, each behind a line `#block LINE`
blocks()
{
    awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; print "#block " NR; next } /^```/ { inside = 0 } inside' "$page"
}

# Numbers, and what depends on them: times, units, columns' widths.
plain()
{
    sed -E 's/\r//; s/[0-9A-F]+\/[0-9A-F]+/N/g; s/[0-9TZ]{16,}-[0-9a-f]{6}/N/g; s/[+-]?[0-9][0-9.,:]*/N/g
            s/N (ms|s|min|kB|MB|GB|bytes)/N U/g; s/ +/ /g; s/ $//; s/-+/-/g'
}

{
    echo 'set -e'
    blocks sh | sed 's/^#block \(.*\)/echo "# block of line \1"/'
} > "$work/script"
code=0
(cd "$work/tour" && env -u MATSWAP_CONFIG -u XDG_STATE_HOME HOME="$work/home" PATH="$work/bin:$PATH" bash "$work/script") \
    > "$work/out" 2>&1 || code=$?
exits "the page from top to bottom" 0
[ "$code" -eq 0 ] || tail -n 20 "$work/out" | sed 's/^/# /'
plain < "$work/out" > "$work/out.plain"
while IFS= read -r line; do
    grep -qxF -- "$(plain <<< "$line")" "$work/out.plain" && ok "came out: $(plain <<< "$line")" ||
        not_ok "the page shows what did not come out: $line"
done < <(blocks text | grep -v '^#block')

export PGDATABASE=shop_tour
same "yesterday's generation is back" "20600|20600" "$(sql "SELECT (SELECT count(*) FROM sales), (SELECT sum(orders) FROM sales_by_category)")"
same "the view over it reads it" "t" "$(sql "SELECT category = (SELECT category FROM sales_by_category ORDER BY amount DESC LIMIT 1) FROM best_category")"
same "the dry run has published nothing" "" "$(sql "SELECT to_regclass('daily_sales')")"
same "the plan has the file's SQL" 1 "$(grep -c 'CREATE MATERIALIZED VIEW public_new.daily_sales' "$work/tour/plan.sql")"
same "the reason is kept" 1 "$(sql "SELECT count(*) FROM matswap.generation WHERE views::text LIKE '%orders of last year were archived%'")"
PGDATABASE=postgres psql -Xq -c "DROP DATABASE shop_tour WITH (FORCE)"
finish
