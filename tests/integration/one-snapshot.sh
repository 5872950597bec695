#!/bin/bash
# one-snapshot.sh: every view of a generation is its query evaluated at the recorded snapshot, whatever else commits.
#
# 30 views in 6 levels over 4 sources, two workers, and a writer that commits to all sources in a tight loop the whole
# time.  Triggers log what the writer does with the transaction's xid8; the sources as of the recorded snapshot are
# replayed from that log by pg_visible_in_snapshot(), and the files' queries are evaluated over them.
source "$(dirname "$0")/lib.sh"

sources=4 runs=3
fresh_database

# A source s1, what happened to it, and asof.s1: the source as the snapshot in asof.at sees it.
sql "CREATE SCHEMA asof" "CREATE TABLE asof.at (snapshot pg_snapshot)" "CREATE TABLE stop (please boolean)"
for ((n = 1; n <= sources; n++)); do
    sql "CREATE TABLE s$n (id bigint PRIMARY KEY, v bigint NOT NULL)" \
        "CREATE TABLE asof.log$n (seq bigint GENERATED ALWAYS AS IDENTITY, id bigint, v bigint,
                                  xid xid8 DEFAULT pg_current_xact_id(), at timestamptz DEFAULT clock_timestamp())" \
        "CREATE FUNCTION asof.log$n() RETURNS trigger LANGUAGE plpgsql AS \$\$
         BEGIN
             IF TG_OP = 'DELETE' THEN
                 INSERT INTO asof.log$n (id, v) VALUES (OLD.id, NULL);
             ELSE
                 INSERT INTO asof.log$n (id, v) VALUES (NEW.id, NEW.v);
             END IF;
             RETURN NULL;
         END \$\$" \
        "CREATE TRIGGER log AFTER INSERT OR UPDATE OR DELETE ON s$n FOR EACH ROW EXECUTE FUNCTION asof.log$n()" \
        "CREATE VIEW asof.s$n AS
         SELECT id, v
           FROM (SELECT DISTINCT ON (id) id, v FROM asof.log$n
                  WHERE pg_visible_in_snapshot(xid, (SELECT snapshot FROM asof.at))
                  ORDER BY id, seq DESC) AS last
          WHERE v IS NOT NULL" \
        "INSERT INTO s$n SELECT g, g * $n FROM generate_series(1, 1000) AS g"
done

# body LEVEL NUMBER: the query of a view; from the second level on it reads two views and a source
body()
{
    local level=$1 i=$2 source=$((($1 + $2) % sources + 1)) other=$((($1 * 2 + $2) % sources + 1))
    if [ "$level" -eq 1 ]; then
        echo "SELECT a.id % 40 AS k, count(*) AS n, sum(a.v)::bigint AS total, max(b.v) AS top"
        echo "  FROM s$source AS a LEFT JOIN s$((source % sources + 1)) AS b USING (id) GROUP BY 1"
    elif [ $(((level + i) % 5)) -eq 0 ]; then # an ordinary view reads no source: it would show today's
        echo "SELECT k, a.n, a.total + b.total AS total, b.top"
        echo "  FROM $(view $((level - 1)) $((i % 5 + 1))) AS a JOIN public.$(view 1 "$i") AS b USING (k)"
    else
        echo "SELECT k, a.n + b.n AS n, a.total - b.total + s.total AS total, greatest(a.top, s.top) AS top"
        echo "  FROM $(view $((level - 1)) "$i") AS a"
        echo "  JOIN public.$(view $((level - 1)) $((i % 5 + 1))) AS b USING (k)"
        echo "  JOIN (SELECT id % 40 AS k, sum(v)::bigint AS total, min(v) AS top FROM s$other GROUP BY 1) AS s USING (k)"
    fi
}

view()
{
    echo "v$1_$2"
}

for ((level = 1; level <= 6; level++)); do
    for ((i = 1; i <= 5; i++)); do
        view=$(view $level $i)
        { echo "CREATE TABLE asof.$view AS"; body $level $i | sed 's/public\./asof./'; echo ';'; } >> "$work/expected.sql"
        if [ $level -gt 1 ] && [ $(((level + i) % 5)) -eq 0 ]; then
            { echo "CREATE VIEW $view AS"; body $level $i; } | query_file "$view.sql"
        else
            { echo "CREATE MATERIALIZED VIEW $view AS"; body $level $i; echo "; CREATE UNIQUE INDEX ON $view (k);"; } |
                query_file "$view.sql"
        fi
        views+=("$view")
    done
done
config "jobs = 2"

write()
{
    psql -Xq > "$work/writer" 2>&1 << 'EOF'
DO $$
DECLARE
    n bigint := 1000;
BEGIN
    WHILE NOT EXISTS (SELECT FROM stop) LOOP
        n := n + 1;
        INSERT INTO s1 VALUES (n, n);
        UPDATE s2 SET v = v + n WHERE id % 100 = n % 100;
        DELETE FROM s3 WHERE id = n - 1000;
        INSERT INTO s4 VALUES (n, -n);
        DELETE FROM s1 WHERE id = n - 900;
        INSERT INTO s3 VALUES (n, 3 * n);
        DELETE FROM s4 WHERE id = n - 1000;
        COMMIT;
    END LOOP;
END $$;
EOF
}

# What a worker without the snapshot would have seen: transactions that the snapshot doesn't, committed before the
# last view's build began.
unseen_commits()
{
    local last
    last=$(python3 - "$work/state/journal.db" "$run" << 'EOF'
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute(
    "SELECT max(v.started_at) FROM view AS v JOIN run AS r ON r.id = v.run_id"
    " WHERE r.name = ? AND v.kind = 'materialized'", sys.argv[2:]).fetchone()[0])
EOF
    )
    sql "SELECT count(DISTINCT xid) FROM asof.log1, matswap.generation AS g
          WHERE g.run = '$run' AND NOT pg_visible_in_snapshot(xid, g.snapshot) AND at < '$last'"
}

compare()
{
    local view text=
    sql "BEGIN" "DROP TABLE IF EXISTS $(printf 'asof.%s, ' "${views[@]}" | sed 's/, $//')" "TRUNCATE asof.at" \
        "INSERT INTO asof.at SELECT snapshot FROM matswap.generation WHERE run = '$run'" "COMMIT"
    PGOPTIONS="$PGOPTIONS -c search_path=asof" psql -XqAt -v ON_ERROR_STOP=1 -f "$work/expected.sql" || return
    for view in "${views[@]}"; do
        text+="SELECT '$view', (SELECT count(*) FROM public.$view) AS rows,
                      (SELECT count(*) FROM (TABLE public.$view EXCEPT ALL TABLE asof.$view) AS d) AS too_many,
                      (SELECT count(*) FROM (TABLE asof.$view EXCEPT ALL TABLE public.$view) AS d) AS missing UNION ALL "
    done
    sql "SELECT * FROM (${text%UNION ALL }) AS c (view, rows, too_many, missing)
          WHERE too_many > 0 OR missing > 0 OR rows <> 40"
}

write &
writer=$!
for ((n = 1; n <= runs; n++)); do
    matswap run
    exits "run $n beside a writer" 0
    [ "$code" = 0 ] || continue
    run=$(sql "SELECT run FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1")
    unseen=$(unseen_commits)
    if [ "$unseen" -ge 20 ]; then
        ok "run $n: the writer committed during the build"
    else
        not_ok "run $n: the writer committed $unseen times during the build, which proves nothing"
    fi
    same "run $n: ${#views[@]} views as of the recorded snapshot" "" "$(compare)"
done
same "the writer writes to the end" "" "$(kill -0 $writer 2>&1; cat "$work/writer")"
sql "INSERT INTO stop VALUES (true)"
wait $writer
same "nothing is left over" "" "$(leftovers)"
finish
