#!/bin/bash
# import.sh: tables that are filled from a file and from a command, as members of the set: published with the views that
# read them, from one worker or several, validated, kept and brought back; what is on them survives.
source "$(dirname "$0")/lib.sh"
fresh_database

# configure [LINE]...: in [matswap]; two imports follow
configure()
{
    config "$@"
    cat >> "$work/matswap.ini" << 'END'
[import prices]
file = prices.csv
[import events]
command = ./fetch "two words"
format = jsonl
timeout = 1min
[view prices]
sums = price
min_rows = 1
END
}

# days COUNT PRICE: the CSV; its columns are not in the table's order, one field has a line break
days()
{
    local day
    echo 'price,note,day'
    for ((day = 1; day <= $1; day++)); do printf '%s,"day ""%d""\nof %d",2026-01-%02d\r\n' "$2" "$day" "$1" "$day"; done
} # a mixture of line ends would be an error
csv()
{
    days "$@" | tr -d '\r' > "$work/prices.csv"
}

query_file prices.sql << 'END'
CREATE TABLE IF NOT EXISTS prices (
    day   date PRIMARY KEY,
    price numeric(30, 10) NOT NULL CONSTRAINT positive CHECK (price > 0),
    note  text,
    twice numeric GENERATED ALWAYS AS (price * 2) STORED,
    seen  boolean DEFAULT true
);
COMMENT ON TABLE prices IS 'from outside';
COMMENT ON CONSTRAINT positive ON prices IS 'a price';
CREATE INDEX prices_price_idx ON prices (price);
END
query_file events.sql << 'END'
CREATE TABLE events (id bigint, amount numeric, word text, more jsonb, PRIMARY KEY (id));
END
for i in 1 2 3 4; do
    echo "SELECT $i AS n, count(*) AS days, sum(price) AS total, (SELECT count(*) FROM events) AS events FROM prices" |
        query_file "reader_$i.sql"
done
echo "SELECT sum(days) AS days, sum(events) AS events, count(*) AS readers FROM
    (TABLE reader_1 UNION ALL TABLE reader_2 UNION ALL TABLE reader_3 UNION ALL TABLE reader_4) AS r" | query_file top.sql
cat > "$work/fetch" << 'END'
#!/bin/sh
echo "fetching $1 for $MATSWAP_IMPORT of $MATSWAP_SET" >&2
[ "$PWD" = "$(dirname "$(readlink -f "$0")")" ] && [ -n "$MATSWAP_RUN" ] && [ -z "$(cat)" ] || exit 9
cat events.jsonl
END
chmod +x "$work/fetch"
cat > "$work/events.jsonl" << 'END'
{"id": 1, "amount": 123456789012345678901234567890.123456789, "word": "a\tb\n\\N é", "more": {"x": [1.0, null]}}
{"more": "text", "word": null, "amount": 0.10, "id": 2}
{"id": 3}
END
contents="SELECT concat_ws(' ', days, events, readers) FROM top"

# ---- the first generation ----
csv 3 1.25
configure "jobs = 2"
matswap plan --format=json
same "plan says what it is" "import import" "$(python3 -c 'import json, sys
print(*[v["kind"] for v in json.load(sys.stdin)["views"] if v["level"] == 0])' < "$work/out")"
matswap check
exits "check: the first generation" 0
matswap run
exits "the first generation" 0
says "the command's standard error is in the log" "import .*public.events: fetching two words for public.events of import$"
same "columns are found by the header's names" '2026-01-01|1.2500000000|day "1"
of 3|2.5000000000|t' "$(sql "SELECT * FROM prices WHERE day = '2026-01-01'")"
same "numbers of JSON come as they are written, nested values as JSON" '1|123456789012345678901234567890.123456789|a	b
\N é|{"x": [1.0, null]}
2|0.10||"text"
3|||' "$(sql "TABLE events ORDER BY id")"
same "views on two workers have read both imports" "12 12 4" "$(sql "$contents")"
same "the rows are counted and summed as a view's" "3 3.7500000000" \
    "$(sql "SELECT v ->> 'rows', v -> 'totals' ->> 'price' FROM matswap.generation, jsonb_array_elements(views) AS v
            WHERE v ->> 'name' = 'prices'" | tr '|' ' ')"
same "the generation says when they were loaded" 2 \
    "$(sql "SELECT count(*) FROM matswap.generation, jsonb_array_elements(views) AS v
            WHERE (v ->> 'loaded_at')::timestamptz BETWEEN swapped_at - interval '1 min' AND swapped_at")"
same "nothing is left over" "" "$(leftovers)"

# ---- what is on the tables, and who reads them ----
sql "CREATE ROLE import_reader" 2> /dev/null
sql "GRANT SELECT ON prices TO import_reader; GRANT INSERT (note) ON prices TO import_reader WITH GRANT OPTION;
     COMMENT ON COLUMN prices.day IS 'a day'; COMMENT ON INDEX prices_pkey IS 'the days';
     COMMENT ON CONSTRAINT prices_pkey ON prices IS 'the key';
     CREATE INDEX notes ON prices (note) WHERE note IS NOT NULL; ALTER TABLE prices ALTER day SET STATISTICS 77;
     ALTER TABLE prices SET (fillfactor = 80, autovacuum_enabled = off); ALTER TABLE prices CLUSTER ON prices_pkey;
     ALTER TABLE prices REPLICA IDENTITY USING INDEX prices_pkey; ALTER TABLE prices ALTER note SET STORAGE EXTERNAL;
     CREATE STATISTICS spread ON day, price FROM prices; ALTER TABLE events REPLICA IDENTITY FULL;
     CREATE VIEW outside AS SELECT p.day, e.id FROM prices AS p, events AS e;
     CREATE FUNCTION one() RETURNS SETOF prices LANGUAGE sql AS 'SELECT * FROM prices LIMIT 1'"
dump=$(schema_dump)
csv 5 2
session_begin old
session old "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class WHERE false;" > /dev/null
old_oid=$(sql "SELECT 'prices'::regclass::oid")
matswap run
exits "the second generation" 0
same "a reader whose snapshot is older finds its rows all the same" 5 "$(session old "SELECT count(*) FROM prices; COMMIT")"
session_end old
same "the second generation's data" "20 12 4" "$(sql "$contents")"
same "a view and a function outside the set read it, too" "15 1" \
    "$(sql "SELECT count(*) FROM outside" "SELECT count(*) FROM one()" | tr '\n' ' ' | sed 's/ $//')"
same "pg_dump of the schema is the same" "$dump" "$(schema_dump)"
same "the old table is gone" "" "$(sql "SELECT oid FROM pg_class WHERE oid = $old_oid")"
same "statistics are there, and no dead row" "5 0" \
    "$(sql "SELECT c.reltuples::int || ' ' || pg_stat_get_dead_tuples(c.oid) FROM pg_class AS c WHERE relname = 'prices'")"

# ---- rules, --dry-run, --only ----
csv 0 1
matswap run
exits "only a header is no row, which the rules judge" 5
says "they say which" "public.prices.*min_rows"
same "a rejected generation never served" "20 12 4" "$(sql "$contents")"
csv 6 3
matswap run --dry-run
exits "a dry run" 0
says "it shows the swap" "ALTER TABLE public_new.prices SET SCHEMA public" "$work/out"
same "and changes nothing" "20 12 4" "$(sql "$contents")"
matswap run --only reader_1
exits "--only a view that reads them" 0
same "--only: the imports are as they were" "$(sql "SELECT count(*) FROM prices")" 5
same "--only: no command ran" 0 "$(grep -c fetching "$work/err")"

# ---- keep_old, rollback ----
configure "keep_old = yes" "jobs = 1"
matswap run
exits "keep_old" 0
same "keep_old: new data" "24 12 4" "$(sql "$contents")"
same "keep_old: the old table is there to read" 5 "$(sql "SELECT count(*) FROM public_old.prices")"
matswap rollback
exits "rollback" 0
same "rollback: the old data serves, and the views of it" "20 12 4" "$(sql "$contents")"
same "rollback: what was on the tables is on them" "$dump" "$(schema_dump --exclude-schema=public_old)"
configure
matswap run
exits "a run after a rollback" 0
same "a run after a rollback: new data" "24 12 4" "$(sql "$contents")"
same "a run after a rollback: pg_dump of the schema is the same" "$dump" "$(schema_dump)"
same "nothing is left over after all that" "" "$(leftovers)"
finish
