#!/bin/bash
# accept.sh: a verdict is in the journal whatever it is, and `status` shows it; --accept publishes although a rule is
# broken, and says so everywhere; a dry run shows verdict, changes and swap, whether it would be rejected or not.
source "$(dirname "$0")/lib.sh"

fresh_database
hundred="INSERT INTO source SELECT g, g, now() FROM generate_series(1, 100) AS g"
sql "CREATE TABLE source (id int, amount numeric, at timestamptz)" "$hundred"
query_file facts.sql <<< "SELECT id, amount FROM source"
query_file by_ten.sql <<< "SELECT id % 10 AS k, sum(amount) AS amount FROM facts GROUP BY 1"
mkdir -p "$work/queries/other"
query_file "other.It's.sql" <<< "SELECT id FROM facts"
sql "CREATE SCHEMA other"
config
cat >> "$work/matswap.ini" << 'END'
[view facts]
sums = id, amount
tolerance = 1%
max_shrink = 5%
min_rows = 1
severity.min_rows = warn
[view by_ten]
min_rows = 10
[view other."It's"]
max_shrink = 5%
END

oids()
{
    sql "SELECT relname, oid FROM pg_class WHERE relkind = 'm' ORDER BY 1"
}

# json EXPRESSION: of the last `status --format=json`, as `s`
json()
{
    python3 -c 'import json, sys; s = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" < "$work/out"
}

# failed: what is said of each failed rule by `status --format=json`
failed()
{
    matswap status --format=json
    json '"\n".join(" ".join([v["schema"] + "." + v["name"], v["rule"], v["subject"], v["severity"], v["outcome"], str(v["old"]), str(v["new"]), str(v["limit"]), str(v["accepted"])]) for v in s["validation"] if v["outcome"] == "failed")'
}

# usage WHAT PATTERN ARGUMENT...: exit 2, nothing touched
usage()
{
    matswap run "${@:3}"
    exits "$1" 2
    says "$1: it says so" "$2"
}

matswap run
exits "the first run" 0
matswap status
same "of a run that passed nothing is said" "nothing is running or left over" "$(head -n 1 "$work/out")"
matswap status --format=json
same "in JSON there is all of it" "True It's,by_ten,facts not judged,passed,recorded" \
    "$(json '" ".join([str(len(s["validated_run"]) == 23), ",".join(sorted({v["name"] for v in s["validation"]})), ",".join(sorted({v["outcome"] for v in s["validation"]}))])')"

# ---- what is rejected
sql "DELETE FROM source WHERE id > 90"
before=$(oids)
matswap run
exits "ten rows less" 5
says "the error says what to type" "^matswap: public\.facts: rows: max_shrink: .*; look at the sources, or change .*; to publish all the same: --accept max_shrink@public\.facts --reason '…'"
says "and of what, where a rule is about several things" "--accept 'tolerance\(amount\)@public\.facts' --reason '…'"
says "with quotes that a shell understands" "--accept 'max_shrink@other\.\"It'.''s\"' --reason '…'"
same "nothing has changed" "$before" "$(oids)"
all_of_them="other.It's max_shrink rows error failed 100 90 5% None
public.facts max_shrink rows error failed 100 90 5% None
public.facts tolerance rows error failed 100 90 1% None
public.facts tolerance sum(amount) error failed 5050 4095 1% None
public.facts tolerance sum(id) error failed 5050 4095 1% None"
same "the journal has the verdict" "$all_of_them" "$(failed | LC_ALL=C sort)"
matswap status
says "status shows it" "^public\.facts +rows: max_shrink +100 +90 +-10\.00% +5% +REJECTED" "$work/out"
says "and whose it is" "^the last run, 20.* \(rejected, .*\), broke rules:" "$work/out"

# ---- the option
usage "without a reason" "^matswap: --accept is given without --reason" --accept max_shrink@facts
usage "an unknown rule" "there is no rule max_shrinks; did you mean max_shrink\?" --accept max_shrinks@facts --reason x
usage "an unknown view" "the set has no view fact; did you mean public\.facts\?" --accept max_shrink@fact --reason x
usage "a rule that the view has not" "view public\.by_ten has no rule max_shrink; it has min_rows" --accept max_shrink@by_ten --reason x
usage "a subject that the rule has not" "tolerance of view public\.facts is not about amonut; did you mean tolerance\(amount\)@public\.facts\?" \
    --accept 'tolerance(amonut)@facts' --reason x
usage "a view that is not built" "view public\.facts is not rebuilt by this run" --only by_ten --accept max_shrink@facts --reason x
usage "all of it at once" "there is no rule nothing" --accept nothing@facts --reason x --accept max_shrink@facts --jobs=0
same "two lines" 2 "$(grep -c '^matswap: ' "$work/err")"
same "nothing was touched" "$before" "$(oids)"

# ---- not all of it is accepted
matswap run --accept max_shrink@facts --accept 'tolerance(amount)@public.facts' --reason "only these"
exits "some of it is accepted" 5
same "the rest rejects" "--accept 'max_shrink@other.\"It'\\''s\"'
--accept 'tolerance(id)@public.facts'
--accept 'tolerance(rows)@public.facts'" "$(grep -o -- "--accept [^ ]*" "$work/err" | LC_ALL=C sort)"
same "what was accepted is in the journal all the same" "only these" "$(failed | sed -n 's/.*5% \(only these\)/\1/p')"

# ---- all of it is
it="max_shrink@other.\"It's\""
matswap run --accept max_shrink@facts --accept tolerance@facts --accept "$it" --accept min_rows@by_ten \
    --reason "withdrawn" --reason 'it'"'"'s "known"' --reason "third" --reason "fourth"
exits "all of it is accepted" 0
says "the warning has the reason" "^matswap: warning: public\.facts, rows: max_shrink, is broken, and accepted: withdrawn$"
says "each its own" "^matswap: warning: public\.facts, sum\(id\): tolerance, is broken, and accepted: it's \"known\"$"
says "one that was not needed is said" "^matswap: warning: --accept min_rows@by_ten was not needed"
says "the table says it" "^public\.facts +rows: max_shrink +100 +90 +-10\.00% +5% +accepted" "$work/out"
says "with the reason" "^public\.facts, rows: max_shrink: accepted: withdrawn" "$work/out"
same "it is published" 90 "$(sql "SELECT count(*) FROM facts")"
same "the row of the generation has rule, subject and reason" "facts|max_shrink|rows|withdrawn
facts|tolerance|rows|it's \"known\"
facts|tolerance|sum(amount)|it's \"known\"
facts|tolerance|sum(id)|it's \"known\"
It's|max_shrink|rows|third" "$(sql "SELECT v ->> 'name', a ->> 'rule', a ->> 'subject', a ->> 'reason'
    FROM (SELECT * FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1) AS g, jsonb_array_elements(views) AS v,
         jsonb_array_elements(v -> 'accepted') AS a ORDER BY v ->> 'name' COLLATE \"C\" DESC, 2, 3")"
same "and nothing of a view without" "by_ten" "$(sql "SELECT string_agg(v ->> 'name', ',')
    FROM (SELECT * FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1) AS g, jsonb_array_elements(views) AS v
   WHERE NOT v ? 'accepted'")"
same "the journal has it" "5" "$(failed | grep -cv 'None$')"
matswap status
says "status shows what was accepted" "^the last run, 20.* \(swapped, .*\), broke rules:" "$work/out"
matswap run --quiet --accept max_shrink@facts --reason "said once too often"
exits "accepted again, without need" 0
same "is a warning, also under --quiet" "matswap: warning: --accept max_shrink@facts was not needed: the new generation does not break that rule" "$(cat "$work/err")"

# ---- a run that stops on the way
sql "DELETE FROM source WHERE id > 80"
matswap run --until=built
exits "built" 0
matswap resume --accept max_shrink@facts --accept tolerance@facts --accept "$it" --accept min_rows@by_ten --reason "resumed"
exits "resume takes it, too" 0
same "it is published" 80 "$(sql "SELECT count(*) FROM facts")"
same "with its reason" 5 "$(failed | grep -c 'resumed$')"
matswap run --until=validated
exits "validated" 0
matswap status
says "status shows how it was judged" "^public\.facts +rows: max_shrink +80 +80 +0\.00% +5% +ok" "$work/out"
sql "DELETE FROM source WHERE id > 70"
matswap resume --accept max_shrink@facts --reason "before it is known"
exits "from validated it is judged again" 0
says "and says so" "all 3 views are reused, and validated again"
says "of the same data" "--accept max_shrink@facts was not needed"

# ---- dry runs
matswap run --accept max_shrink@facts --accept tolerance@facts --accept "$it" --reason "seventy"
exits "seventy rows" 0
query_file by_ten.sql <<< "SELECT id % 10 AS k, sum(amount) AS amount, count(*) AS n FROM facts GROUP BY 1"
dump=$(schema_dump) before=$(oids) rows=$(sql "TABLE matswap.generation")
matswap run --dry-run
exits "a dry run that passes" 0
says "prints the verdict" "^public\.facts +rows: max_shrink +70 +70 +0\.00% +5% +ok" "$work/out"
says "what changes" "^public\.by_ten +added +n +- +bigint" "$work/out"
says "and the swap" "^ALTER MATERIALIZED VIEW public_new\.facts SET SCHEMA public;" "$work/out"
sql "DELETE FROM source WHERE id > 50"
matswap run --dry-run
exits "a dry run that is rejected" 5
says "names the rules" "^matswap: public\.facts: rows: max_shrink: was 70, is 50, limit 5%"
says "prints the verdict, too" "^public\.facts +rows: max_shrink +70 +50 +-28\.57% +5% +REJECTED" "$work/out"
says "and what changes" "^public\.by_ten +added +n +- +bigint" "$work/out"
same "but no swap" "" "$(grep "SET SCHEMA" "$work/out")"
matswap run --dry-run --accept max_shrink@facts --accept tolerance@facts --accept "$it" --reason "try"
exits "a dry run with all that it needs" 0
says "marks what is accepted" "^public\.facts +rows: max_shrink +70 +50 +-28\.57% +5% +accepted" "$work/out"
says "and prints the swap" "SET SCHEMA public;" "$work/out"
same "nothing has changed: the schema" "$dump" "$(schema_dump)"
same "the views" "$before" "$(oids)"
same "the record" "$rows" "$(sql "TABLE matswap.generation")"
same "nothing is left over" "" "$(leftovers)"
finish
