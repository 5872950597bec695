#!/bin/bash
# reprint.sh: what the server prints of a query, it does not always print again of what it makes of that text: what IN makes of
# a varchar, what BETWEEN stands for, columns without a name. Of files that `init` has written, and of all that a run takes
# along by its definition (indexes, statistics objects, views outside, policies, functions), pg_dump sees no difference all the
# same.
source "$(dirname "$0")/lib.sh"
fresh_database

sql "CREATE TABLE t (id int, status varchar(9), name text, at timestamptz, d date, amount numeric, b bool, code varchar)" \
    "CREATE TABLE u (id int, t_id int, kind varchar, v bigint)"
major=$(($(sql "SHOW server_version_num") / 10000))
# Each query that a view can have, as people write them.
queries=("SELECT * FROM t WHERE status IN ('A', 'B') AND code NOT IN ('x', 'y')"
    "SELECT CASE WHEN status IN ('A', 'B') THEN 'yes' WHEN (id BETWEEN 1 AND 2 OR b) AND name = 'x' THEN 'maybe' ELSE 'no' END AS k, count(*) FROM t GROUP BY 1"
    "SELECT id, 'archive' AS src FROM t UNION ALL SELECT id, 'live' FROM u UNION (SELECT 1, 'z' INTERSECT SELECT 2, current_user::text)"
    "SELECT id, NULL AS a, NULL::int AS b FROM t UNION ALL SELECT 1, coalesce(code, 'x'), extract(year FROM at)::int FROM t WHERE d = now()"
    "SELECT id, (SELECT 'x'), (SELECT max(v) FROM u) AS m, ARRAY(SELECT CASE WHEN b THEN 'y' END FROM u) AS l, EXISTS (SELECT kind, 'z' FROM u) AS e FROM t"
    "WITH RECURSIVE r AS (SELECT 1 AS n, 'a'::text AS x UNION ALL SELECT n + 1, 'b' FROM r WHERE n < 5), q AS (SELECT id, 'q' FROM t) SELECT * FROM r CROSS JOIN q"
    "SELECT id FROM t WHERE amount BETWEEN 1 AND 10 AND status LIKE 'a%' AND at BETWEEN now() - interval '1 day' AND now()"
    "SELECT count(*) FROM t WHERE (id NOT BETWEEN 1 AND 2 OR b) OR d BETWEEN '2020-01-01' AND '2021-01-01' AND b GROUP BY id, b HAVING count(*) BETWEEN 1 AND 2 AND bool_and(b)"
    "SELECT t.id FROM t JOIN u ON t.id BETWEEN u.v AND u.t_id AND u.kind IN ('a', 'b') WHERE EXISTS (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) AS \"?column?\", status::text AS \"?column?\" FROM u GROUP BY id)"
    "SELECT id, sum(v) OVER (PARTITION BY kind ORDER BY v ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s, rank() OVER w FROM u WINDOW w AS (ORDER BY id)"
    "SELECT x.a FROM (SELECT 'c' AS a UNION ALL SELECT code FROM t UNION ALL SELECT status FROM t ORDER BY 1 LIMIT 3) AS x WHERE x.a IN ('1', '2')"
    "SELECT id FROM t WHERE tableoid IN ('t'::regclass, 'u'::regclass) AND ARRAY[1, 2]::bigint[] = ARRAY[id]::bigint[] AND ARRAY[]::text[] <> ARRAY['a']"
    "SELECT * FROM (VALUES (1, 'a'::text), (2, 'b')) AS v (n, s) WHERE (n BETWEEN 1 AND 2 AND s > 'a') AND n IS DISTINCT FROM 3 OR s = 'x'"
    "SELECT a.id FROM t AS a WHERE a.id = ANY (SELECT id FROM u WHERE kind IN ('k') UNION SELECT 1 FROM u) AND (SELECT a.b AND a.id > 1)")
statements=()
for i in "${!queries[@]}"; do statements+=("CREATE MATERIALIZED VIEW m$i AS ${queries[$i]}"); done
# and what stands on and around one of them, in all of these forms
condition="status IN ('A', 'B') AND id BETWEEN 1 AND 9 AND b"
[ "$major" -lt 14 ] || statements+=("CREATE STATISTICS m0_statistics ON id, (status IN ('A', 'B')) FROM m0"
    "CREATE FUNCTION atomic() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM m0 WHERE id BETWEEN 1 AND 9 AND $condition; END")
sql "${statements[@]}" "CREATE INDEX m0_part ON m0 (id) WHERE id BETWEEN 1 AND 9 AND $condition" "CREATE INDEX m0_expression ON m0 ((status IN ('C', 'D')))" \
    "CREATE VIEW outside AS SELECT id, 'm' AS what FROM m0 WHERE id BETWEEN 1 AND 9 AND $condition UNION ALL SELECT 1, 'x'" \
    "CREATE TABLE rows (id int, status varchar)" "CREATE POLICY seen ON rows USING (id IN (SELECT id FROM m0 WHERE id BETWEEN 1 AND 9 AND $condition))" \
    "CREATE VIEW typed AS SELECT m0 AS row, 'x' FROM m0 WHERE status IN ('A', 'B')" || not_ok "set up"
before=$(schema_dump)

"$MATSWAP" init "$work/set" > "$work/out" 2> "$work/err"
same "nothing is left out" "" "$(grep warning "$work/err")"
cp "$work/set/matswap.ini" "$work"
sed -i 's/^queries /journal = journal.db\n&/; s/= queries$/= set\/queries/' "$work/matswap.ini"
for time in once twice; do
    matswap run
    exits "a run, $time" 0
    same "pg_dump sees no difference, $time" "$before" "$(schema_dump)"
done
# The same without the files' indexes: they are carried over.
sed -i '/^CREATE \(INDEX\|STATISTICS\)/d' "$work/set/queries/m0.sql"
matswap run
exits "a run that carries indexes over" 0
same "pg_dump sees no difference then" "$before" "$(schema_dump)"
finish
