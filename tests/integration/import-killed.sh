#!/bin/bash
# import-killed.sh: matswap is killed while an import is loaded: the next command ends what is left of it, and cleans up.
source "$(dirname "$0")/lib.sh"
fresh_database

echo "CREATE TABLE prices (day int PRIMARY KEY, price numeric)" | query_file prices.sql
echo "CREATE TABLE people (id int PRIMARY KEY, name text)" | query_file people.sql
echo "SELECT (SELECT count(*) FROM prices) AS days, (SELECT count(*) FROM people) AS people" | query_file reader.sql
config "jobs = 2" "[import prices]" "command = ./fetch" "[import people]" "file = people.csv"
cat > "$work/fetch" << 'END'
#!/bin/sh
echo $$ > pid
cat prices.csv
[ ! -e hang ] || exec sleep 1000
END
chmod +x "$work/fetch"
serves="SELECT (SELECT count(*) FROM prices), (SELECT count(*) FROM people), days, people FROM reader"

# rows COUNT: of both imports
rows()
{
    { echo day,price; seq -f '%g,1.5' "$1"; } > "$work/prices.csv"
    { echo id,name; seq -f '%g,"a name"' "$1"; } > "$work/people.csv"
}

# dies: killed when the copy is under way, with the other import built
dies()
{
    rows "$1"
    rm -f "$work/pid"
    touch "$work/hang"
    matswap_begin run
    wait_until 20 sql_says 1 "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%prices%' AND state = 'active'"
    wait_until 20 grep -q "built .*public.people" "$work/err"
    kill -9 "$pid"
    matswap_end
    rm "$work/hang"
    wait_until 5 sh -c "! kill -0 $(cat "$work/pid")" && ok "killed: its command ends" || not_ok "killed: its command ends"
    same "killed: the old tables serve" "10|10|10|10" "$(sql "$serves")"
}

rows 10
matswap run
exits "the first generation" 0
dump=$(schema_dump)

dies 20
matswap rollback
exits "rollback" 0
same "rollback: nothing is left over" "" "$(leftovers)"
same "rollback: the schema is as before" "$dump" "$(schema_dump)"

dies 20
matswap run
exits "run" 0
says "run: it says what it found" "recover .* ended while building"
same "run: the new data serves" "20|20|20|20" "$(sql "$serves"; leftovers)"
same "run: the schema is as before" "$dump" "$(schema_dump)"

rows 10
matswap run
exits "back to ten rows" 0
dies 20
rows 30
rm "$work/people.csv"
matswap resume
exits "resume" 0
says "resume: what was loaded stays" "reused .*public.people .*20 rows"
same "resume: one import is of before, one of now" "30|20|30|20" "$(sql "$serves"; leftovers)"
same "resume: the schema is as before" "$dump" "$(schema_dump)"

# ---- a section that has changed, or a table, is loaded anew ----
rows 10
matswap run
exits "back to ten rows again" 0
dies 20
rows 30
sed -i 's/^file = .*/&\nencoding = LATIN1/' "$work/matswap.ini"
matswap resume
exits "resume with another section" 0
says "resume with another section: it is loaded anew" "built .*public.people .*30 rows"
same "resume with another section: the data" "30|30|30|30" "$(sql "$serves"; leftovers)"

# ---- between the swap and the end ----
rows 40
matswap run --until=validated
exits "--until=validated" 0
same "--until=validated: the old tables serve" "30|30|30|30" "$(sql "$serves")"
matswap resume
exits "resume swaps" 0
same "resume swaps: the data" "40|40|40|40" "$(sql "$serves"; leftovers)"
finish
