#!/bin/bash
# report.sh: `report` writes a page that is well-formed and says what came of the run: of one that swapped, was rejected,
# accepted, failed, isolated, a dry run, one that is not over, a rollback, and one in a journal of an older format.  Names
# that are markup, scripts or writing from right to left stay text.  Where the page goes, and which run is taken.
source "$(dirname "$0")/lib.sh"

# page WHAT ARGUMENT...: the page in $work/page, checked
page()
{
    matswap report "${@:2}"
    exits "$1: exit code" 0
    cp "$work/out" "$work/page"
    sane "$1"
}

# sane WHAT: well-formed, as XML is; no script, no address outside, nothing that a name has smuggled in
sane()
{
    local problems
    problems=$(xmllint --noout --nonet "$work/page" 2>&1)
    same "$1: well-formed" "" "$problems"
    problems=$(grep -oiE '<(script|img|iframe|link|object|embed|base|form)\b|\bon[a-z]+="|javascript:|https?://|url\(|@import|id="[^"]*[^a-z0-9"-][^"]*"' \
        <(sed '/^<style>/,/^<\/style>/d' "$work/page"))
    same "$1: nothing that runs or is fetched" "" "$problems"
}

# text: what a reader sees of the page: a line for each fact, paragraph and row, with | between the cells
text()
{
    sed -E '/^<style>/,/^<\/style>/d; s#</dt>#: #g; s#</(td|th)>#|#g; s#</(tr|dd|p|li|h1|h2|pre|caption|summary|text|title)>#\n#g' "$work/page" |
        sed -E 's/<[^>]*>//g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&#39;/'"'"'/g; s/&amp;/\&/g' | awk 'NF { $1 = $1; print }'
}

# shows WHAT PATTERN: in what a reader sees
shows()
{
    text > "$work/text"
    says "$1" "$2" "$work/text"
}

# title: the verdict's word
title()
{
    xmllint --nonet --xpath "string(//*[local-name()='h1'])" "$work/page"
}

fresh_database
script='<script>alert(1)</script>'
markup="\"x' onload='alert(2)' y=\" --> ]]> </style></title>"
long=$(printf 'a_name_of_63_bytes_%044d' 7)
hebrew='מכירות'
turned=$'left\u202egnp.exe'
control=$'bell\x07 tab\t line\nnext \u0085'

identifier() # TEXT: quoted for SQL
{
    printf '"%s"' "${1//\"/\"\"}"
}

{
    echo 'CREATE TABLE source (id int, amount numeric, at timestamptz, note text);'
    echo "INSERT INTO source SELECT g, g, now() - interval '1 hour', '<b>' FROM generate_series(1, 100) AS g;"
} | psql -Xq
{
    echo "CREATE MATERIALIZED VIEW facts AS SELECT id, amount, at, note FROM source;"
    for name in "$script" "$markup" "$long" "$hebrew" "$turned" "$control"; do
        echo "CREATE MATERIALIZED VIEW $(identifier "$name") AS SELECT id, amount AS $(identifier "${name:0:20}") FROM facts;"
    done
    echo "CREATE MATERIALIZED VIEW last AS SELECT a.id FROM $(identifier "$script") AS a JOIN $(identifier "$hebrew") AS b USING (id);"
    echo "CREATE INDEX ON last (id);"
} | query_file set.sql
query_file alone.sql <<< "SELECT 1 AS one"
mkdir -p "$work/checks"
echo "SELECT id, '<img src=x onerror=alert(3)>' AS why FROM {view} WHERE id > 3 LIMIT 2" > "$work/checks/few.sql"
config "jobs = 2" "max_extra_space = 1GB"
cat >> "$work/matswap.ini" << 'END'
[view facts]
event_time = at
sums = amount
tolerance = 1%
END

# ---- before there is anything to report

matswap report
exits "no journal" 2
says "no journal: it is said" "set report has no journal yet: there is no .*journal\.db; .matswap run. makes it"

# ---- a run that swapped

matswap run
exits "the first run" 0
page "the first run"
same "the verdict of a swap" "Swapped" "$(title)"
shows "the sentence: views, locks, what there was before" "^All 9 views changed generation in one transaction at .*; readers waited for .* at most while it held its locks\. There was none before\.$"
shows "the exit code" "^Exit code: 0: done$"
shows "its coordinate" "^Snapshot: $(sqlite3 "$work/state/journal.db" "SELECT snapshot FROM run")$"
shows "the server" "^PostgreSQL: $(sql "SHOW server_version" | grep -oE '^[0-9]+\.[0-9]+')$"
shows "there was nothing to compare columns with" "^All views are new"
shows "the critical path says what waited for what" "in this chain of [0-9]+ tasks"
same "the graph has a box for each view that reads or is read" 8 "$(grep -c '<a id="g' "$work/page")"
same "an edge for each read" 8 "$(grep -o 'reads [0-9]*' "$work/page" | awk '{ n += $2 } END { print n }')"
shows "and names the one that stands alone" "^alone$"
shows "watermark and lag" "^facts\|20[^|]*\|–\|1 h 00 min\|"
shows "the settings as they were" "^\[matswap\]\|max_extra_space\|1GB\|6\|$"
same "a policy forbids all but its own styles" "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'" \
    "$(xmllint --nonet --xpath "string(//*[local-name()='meta'][@http-equiv]/@content)" "$work/page")"
shows "a name that is a script" '^"<script>alert\(1\)</script>"(\||:)'
shows "a name of 63 bytes" "^$long\|"
shows "one from right to left" "^\"$hebrew\"\|"
shows "one that would turn the rest around is shown as it is" '^"left\\u202egnp\.exe"(\||:)'
shows "control characters are shown" '^"bell\\x07 tab line$'
same "each name is a direction of its own" "\"$hebrew\"" \
    "$(xmllint --nonet --xpath "string((//*[local-name()='bdi'][.='\"$hebrew\"'])[1])" "$work/page")"

# ---- rejected, then accepted

echo "check = checks/few.sql" >> "$work/matswap.ini"
sql "INSERT INTO source SELECT g, g, now(), '' FROM generate_series(101, 150) AS g"
matswap run
exits "a run that is rejected" 5
page "rejected"
same "rejected: the verdict" "Rejected" "$(title)"
shows "rejected: the old generation serves" "broke 3 rules, so it was never published\. The old generation served all along\.$"
shows "rejected: what to do" "publish them with matswap run --accept RULE@VIEW --reason TEXT"
shows "rejected: old, new, difference, limit" "^facts\|rows: tolerance\|rejected\|100\|150\|\+?50\.00%\|1%\|"
shows "rejected: the rows of a check" "<img src=x onerror=alert\(3\)>"
matswap run --accept tolerance@facts --accept check@facts --reason "<b>is</b> right"
exits "accepted" 0
page "accepted"
same "accepted: the verdict" "Swapped" "$(title)"
shows "accepted: the reason" "\|accepted\|.*\|accepted: <b>is</b> right$"
shows "accepted: it is beside the run before" "^the last swapped before\|2"
sed -i '/^check = /d' "$work/matswap.ini"

# ---- columns change; a dry run; what is written meanwhile

sed -i 's/SELECT id, amount, at, note FROM source/SELECT id::bigint AS id, amount, at, note AS remark FROM source/' "$work/queries/set.sql"
matswap run --dry-run
exits "a dry run" 0
page "a dry run"
same "a dry run: the verdict" "Dry run" "$(title)"
shows "a dry run: it would have been published" "removed again; nothing was published, as asked for\. No rule stood against"
shows "columns: another type" "^facts\|other type\|id\|integer\|bigint\|$"
shows "columns: one that came" "^facts\|added\|remark\|–\|text\|$"

# ---- one that is not over

matswap run --until=validated --keep-old
exits "until validated" 0
open=$(sqlite3 "$work/state/journal.db" "SELECT name FROM run ORDER BY id DESC LIMIT 1")
page "not over"
same "not over: the verdict" "Not over: validated" "$(title)"
shows "not over: what the commands do" "matswap resume goes on with it, matswap rollback undoes it\. Nothing has been published\.$"
sql "INSERT INTO source SELECT 0, 1, now(), ''" "SELECT pg_stat_force_next_flush()" > /dev/null 2>&1
matswap resume
exits "resumed" 0
page "resumed"
shows "the old generation is kept" "The old generation was kept: matswap rollback brings it back\.$"
matswap rollback
exits "rolled back" 0
page "a rollback"
same "a rollback: the verdict" "Rolled back to the generation before" "$(title)"
shows "a rollback: how many" "^All 9 views went back to the generation that had been kept"

# ---- failed, isolated

query_file alone.sql <<< "SELECT 1 / (SELECT count(*) FROM source WHERE id < 0) AS one"
matswap run
exits "a run that fails" 1
page "failed"
same "failed: the verdict" "Failed" "$(title)"
shows "failed: the error" "division by zero"
shows "failed: what to do" "Correct what the error names"
sed -i 's/^jobs = 2/&\non_failure = isolate/' "$work/matswap.ini"
matswap run
exits "a run that isolates" 4
page "isolated"
same "isolated: the verdict" "Swapped, in part" "$(title)"
shows "isolated: how many" "^8 views changed generation .* 1 view failed, or hangs together with one that did, and keeps the old generation"
shows "isolated: the exit code" "^Exit code: 4: swapped, but some views kept their old generation$"

# ---- which run, and where to

page "by its name" "$open"
shows "by its name: that run" "^matswap · set report · run $open\$"
page "by how its name begins" "${open%?}"
matswap report 2
exits "how several begin" 2
says "they are named" "several runs begin with 2; one of: .*$open"
matswap report 1999
exits "none begins so" 2
says "the newest is named" "knows no run 1999; the newest is 2[0-9]*T[0-9]*Z-[0-9a-f]*"
matswap report "${open%?}_"
exits "one that is nearly right" 2
says "the nearest is named" "did you mean $open"
matswap report -o "$work/new.html"
exits "into a file" 0
same "which is its owner's" 600 "$(stat -c %a "$work/new.html")"
same "and nothing is said" "" "$(cat "$work/out" "$work/err")"
chmod 644 "$work/new.html"
ln -s new.html "$work/link.html"
matswap report -o "$work/link.html" "$open"
same "in place of an older one: its mode, and the link" "644 symbolic link" "$(stat -c %a "$work/new.html") $(stat -c %F "$work/link.html")"
same "nothing is left beside it" "$work/link.html $work/new.html" "$(echo "$work"/*.html*)"
says "it is the other run" "$open" "$work/new.html"
matswap report -o "$work/no/such/folder.html"
exits "where there is no folder" 1
says "it is said" "cannot write .*/no/such/folder\.html: No such file"
matswap report -o /dev/full
exits "onto a full disk" 1
code=0
"$MATSWAP" -c "$work/matswap.ini" report > /dev/full 2> "$work/err" || code=$?
exits "standard output is full" 1
code=0
script -qec "$MATSWAP -c $work/matswap.ini report" /dev/null > "$work/err" 2>&1 < /dev/null || code=$?
exits "to a terminal" 2
says "to a terminal: what to type" "standard output is a terminal; write it to a file: .matswap report -o report\.html"

# ---- a journal of format 4: no tasks, no reads, no settings

sqlite3 "$work/state/journal.db" "DROP TABLE task" \
    "ALTER TABLE run DROP COLUMN settings" \
    "ALTER TABLE view DROP COLUMN old_bytes" "ALTER TABLE view DROP COLUMN reads" "ALTER TABLE view DROP COLUMN changes" \
    "PRAGMA user_version = 4"
page "an older journal" "$open"
shows "an older journal: the verdict is there" "^All 9 views changed generation"
shows "an older journal: what is not is said" "What was done when is not recorded"

finish
