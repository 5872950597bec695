#!/bin/bash
# prometheus.sh: Prometheus' own tool reads the metrics of a run, hostile names and all, and the example's alerts fire when they
# should. Fetches Debian's package, unless promtool is installed.
source "$(dirname "$0")/../lib.sh"
fresh_database
set=shop

promtool=$(command -v promtool)
if [ -z "$promtool" ]; then
    (cd "$work" && apt-get -q download prometheus > apt.log 2>&1 && dpkg -x prometheus_*.deb prometheus) ||
        { echo "ok prometheus # SKIP promtool is not installed, and cannot be fetched"; exit 0; }
    promtool=$work/prometheus/usr/bin/promtool
fi

sql "CREATE TABLE source AS SELECT n, now() - n * interval '1 hour' AS at FROM generate_series(1, 5) AS n"
echo "SELECT n AS id, at FROM source" | query_file orders.sql
query_file odd.sql << 'END'
CREATE MATERIALIZED VIEW "na""me\ {x} ключ, 1" AS SELECT count(*) FROM orders;
END
config "metrics = shop.prom"
printf '%s\n' "[view orders]" "event_time = at" "min_rows = 10" "severity = warn" >> "$work/matswap.ini"

# judged WHAT: by promtool, which says nothing of what is right
judged()
{
    same "$1" "0 " "$("$promtool" check metrics < "$work/shop.prom" > "$work/judged" 2>&1; echo "$? $(cat "$work/judged")")"
}
matswap run
exits "a run" 0
judged "its metrics"
sql "DROP TABLE source CASCADE"
matswap run
exits "a run that is refused" 2
judged "its metrics, too"
same "the example's alerts are right" "0" "$("$promtool" check rules "$root/examples/prometheus/matswap.rules.yml" > "$work/judged" 2>&1; echo $?)"
same "and fire when they should" "0" "$("$promtool" test rules "$here/prometheus-rules.yml" > "$work/judged" 2>&1; echo $?)"
sed 's/^/# /' "$work/judged" | grep -A 20 FAILED

# each series that an alert asks for is one that is written
known=$(sed -n 's/^# TYPE \(matswap_[a-z_]*\) .*/\1/p' "$work/shop.prom" | sort -u)
same "the alerts ask for what is there" "" \
    "$(grep -oE 'matswap_[a-z_]+' <(grep 'expr:' "$root/examples/prometheus/matswap.rules.yml") | sort -u | grep -vxF "$known")"
finish
