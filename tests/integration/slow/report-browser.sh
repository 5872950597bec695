#!/bin/bash
# report-browser.sh: the report in a browser (Debian's chromium, installed when it is missing): pages of 9 views with hostile
# names, of 30 and of 300, on a phone and on a screen, light and dark, and printed. Nothing runs, not even when the page's
# policy is taken away, nothing is fetched, the console is silent, nothing is wider than the window, contrast is enough.
# SCREENSHOTS=DIR keeps a picture of each.
source "$(dirname "$0")/../lib.sh"

command -v chromium chromedriver > /dev/null || "$root/scripts/setup" --no-build browser || exit 1
browser() { "$root/tests/integration/browser/webdriver" "$@"; }

# ---- pages

fresh_database
query_file set.sql << 'END'
CREATE MATERIALIZED VIEW facts AS SELECT g AS id, now() - interval '1 hour' AS at FROM generate_series(1, 100) AS g;
CREATE MATERIALIZED VIEW "<script>alert(1)</script>" AS SELECT id AS "<img src=x onerror=alert(2)>" FROM facts;
CREATE MATERIALIZED VIEW "<img src=x onerror=alert(3)>" AS SELECT id FROM facts;
CREATE MATERIALIZED VIEW "' onmouseover='alert(4)' x=""" AS SELECT id FROM facts;
CREATE MATERIALIZED VIEW "--></style></title></svg><script>alert(5)</script>" AS SELECT id FROM facts;
CREATE MATERIALIZED VIEW "a_name_of_63_bytes_00000000000000000000000000000000000000000007" AS SELECT id FROM facts;
CREATE MATERIALIZED VIEW "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW" AS SELECT id FROM facts;
CREATE MATERIALIZED VIEW "מכירות לפי אזור" AS SELECT count(*) AS id FROM "<script>alert(1)</script>";
CREATE MATERIALIZED VIEW alone AS SELECT id FROM generate_series(1, 3) AS id;
END
mkdir -p "$work/checks"
echo "SELECT id, '<script>alert(6)</script>' AS why FROM {view} WHERE id > 90" > "$work/checks/few.sql"
rules "[view facts]" "event_time = at" "min_rows = 1" "tolerance = 1%"
matswap run
exits "a run" 0
matswap report -o "$work/swapped.html"
echo "check = checks/few.sql" >> "$work/matswap.ini"
sed -i "s/generate_series(1, 100)/generate_series(1, 120)/; s/^CREATE MATERIALIZED VIEW alone AS SELECT id/&::text AS id/" "$work/queries/set.sql"
matswap run
exits "a run that is rejected" 5
matswap report -o "$work/rejected.html"
matswap run --accept check@facts --accept tolerance@facts --reason '<script>alert(7)</script>'
exits "and accepted" 0
matswap report -o "$work/accepted.html"
for page in swapped rejected accepted; do
    sed '/<meta http-equiv="Content-Security-Policy"/d' "$work/$page.html" > "$work/$page-open.html"
    same "$page: its policy is in a line of its own" 1 "$(diff "$work/$page.html" "$work/$page-open.html" | grep -c '^<')"
done

# many COUNT: a page of as many views
many()
{
    fresh_database "it_report_browser_$1"
    "$root/tests/bench/generate-files" "$work/many" "$1" > /dev/null
    psql -Xq -f "$work/many/sources.sql" > /dev/null
    sed -i 's/^journal.*/journal = many.db\njobs = 3/' "$work/many/bench.ini"
    for _ in 1 2; do "$MATSWAP" -q -c "$work/many/bench.ini" run || not_ok "a run of $1 views"; done
    "$MATSWAP" -c "$work/many/bench.ini" report -o "$work/$1.html"
    rm -r "$work/many"
}
many 30
many 300

# ---- the browser

PROFILE=$work/profile chromedriver --port=0 > "$work/driver.log" 2>&1 &
wait_until 30 grep -q 'successfully on port' "$work/driver.log" || { not_ok "chromedriver starts"; exit 1; }
export DRIVER PROFILE SESSION
DRIVER=http://127.0.0.1:$(grep -oE 'successfully on port [0-9]+' "$work/driver.log" | grep -oE '[0-9]+')

# look WHAT PAGE: everything that page.js looks at, the console, and dialogs
look()
{
    same "$1: opens" "" "$(browser open "file://$work/$2.html")"
    same "$1: no dialog" "" "$(browser alert)"
    browser run "$root/tests/integration/browser/page.js" > "$work/faults"
    same "$1: nothing is wrong" "" "$(cat "$work/faults")"
    same "$1: the console is silent" "" "$(browser log)"
    [ -z "${SCREENSHOTS:-}" ] || browser shot "$SCREENSHOTS/${1//[ ,:]/-}.png"
}

# looks WHAT WIDTH HEIGHT [PHONE]
looks()
{
    PROFILE=$(mktemp -d "$work/profile.XXXXXX")
    SESSION=$(browser begin "${@:2}")
    [[ $SESSION =~ ^[0-9a-f]+$ ]] || { not_ok "$1: the browser starts: $SESSION"; return; }
    for scheme in light dark; do
        browser media screen $scheme
        for page in swapped rejected accepted 30 300; do
            look "$1, $scheme, $page" "$page"
        done
    done
    for page in swapped rejected accepted; do
        look "$1, without a policy, $page" "$page-open"
    done
    browser end
}
looks phone 390 844 phone
looks screen 1280 900

# Paper, A4 at 96 dots an inch, with margins of a centimetre; also where the screen is dark.
PROFILE=$(mktemp -d "$work/profile.XXXXXX")
SESSION=$(browser begin 720 1000 paper)
browser media print dark
for page in swapped rejected accepted 30 300; do
    look "paper, $page" "$page"
done
browser end

# What this would say of a page that is not so.
PROFILE=$(mktemp -d "$work/profile.XXXXXX")
SESSION=$(browser begin 390 844 phone)
sed 's#</main>#<p style="color:\#999;width:600px;background:\#fff">wide and pale</p><a href="\#none" id="Name">x</a><script>alert(8)</script></main>#' \
    "$work/swapped-open.html" > "$work/bad.html"
browser open "file://$work/bad.html" > /dev/null
same "a script that runs is seen" 8 "$(browser alert)"
sed 's#<script>alert(8)</script>##' "$work/bad.html" > "$work/bad-quiet.html"
browser open "file://$work/bad-quiet.html" > /dev/null
browser end
PROFILE=$(mktemp -d "$work/profile.XXXXXX")
SESSION=$(browser begin 390 844 phone)
browser open "file://$work/bad-quiet.html"
browser run "$root/tests/integration/browser/page.js" > "$work/faults"
for fault in '^the page is [0-9]+ wide in a window of ' '^[0-9.]+ of rgb\(153, 153, 153\) on rgb\(255, 255, 255\)' \
    '^leads nowhere: #none' '^a name in an id: Name'; do
    says "a fault is seen: $fault" "$fault" "$work/faults"
done
browser end

finish
