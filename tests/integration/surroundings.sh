#!/bin/bash
# surroundings.sh: every attribute that a view can carry, on every kind of view, survives a run with unchanged SQL: to
# pg_dump and to the catalog (probe.facts) the database is the same afterwards, and what the views do works. Then the SQL
# changes: what can be kept is kept, and what can't is told by name.
#
# The matrix is in surroundings.sql: attributes, times materialized and ordinary views, in two schemas, under plain names,
# names that need quotes, and names of 63 bytes. Each attribute is changed by hand, too, to see that the comparison and
# the fingerprint that the swap takes under its locks notice.
source "$(dirname "$0")/lib.sh"

roles='it_surr_owner, it_surr_other, it_surr_middle, it_surr_reader, "It'\''s Q", it_surr_app'
drop_everything()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_surroundings WITH (FORCE)' \
        -c 'DROP TABLESPACE IF EXISTS "it surroundings"' -c "DROP ROLE IF EXISTS $roles"
}
drop_everything
fresh_database
major=$(($(sql "SHOW server_version_num") / 10000))
for role in it_surr_owner it_surr_other it_surr_middle it_surr_reader "\"It's Q\""; do sql "CREATE ROLE $role"; done
sql "CREATE ROLE it_surr_app LOGIN" "SET allow_in_place_tablespaces = on" "CREATE TABLESPACE \"it surroundings\" LOCATION ''" \
    "GRANT CREATE ON TABLESPACE \"it surroundings\" TO it_surr_owner, it_surr_other" \
    "CREATE ACCESS METHOD \"it Heap\" TYPE TABLE HANDLER heap_tableam_handler" "CREATE SCHEMA \"S p.ace\"" \
    "CREATE SCHEMA \"far away\"" "CREATE SCHEMA data" \
    "CREATE TABLE data.t AS SELECT g AS id, 'name ' || g AS \"Na me\", g % 7 AS part, repeat('x', g) AS wide FROM generate_series(1, 50) g" \
    "CREATE TABLE data.log (what text)" "CREATE FUNCTION data.label(text) RETURNS text LANGUAGE sql AS 'SELECT upper(\$1)'" \
    "CREATE FUNCTION data.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
       'BEGIN INSERT INTO data.log VALUES (TG_TABLE_NAME || TG_OP || coalesce(TG_ARGV[0], '''')); RETURN NEW; END'" \
    "GRANT USAGE ON SCHEMA data, public, \"S p.ace\" TO PUBLIC" "GRANT ALL ON ALL TABLES IN SCHEMA data TO PUBLIC" \
    "GRANT USAGE, CREATE ON SCHEMA public, \"S p.ace\", \"far away\" TO it_surr_owner, it_surr_other, it_surr_app"

# Security labels need a provider, loaded into every session.
chmod 711 "$work"
provider=$work/label_provider.so
if cc -shared -fPIC "-DPG_MAJOR=$major" -o "$provider" "$here/label_provider.c" && chmod 755 "$provider" && sql "LOAD '$provider'"; then
    labels=yes
    sql "ALTER DATABASE it_surroundings SET session_preload_libraries = '$provider'"
else
    labels=no
    echo "ok $name: security labels # SKIP this server does not load the provider of labels"
fi

# ---- the views: materialized and ordinary ones, two of them in statements, the rest bare or named by their file

long=$(printf 'Long %s: ä and 63 bytes in all %s' "'n\"ame" "$(printf 'x%.0s' {1..60})" | head -c 63)
quoted()
{
    printf '"%s"' "${1//\"/\"\"}"
}
columns='id, "Na me", part, wide'
query_file plain_m.sql <<< "SELECT $columns FROM data.t"
query_file quoted_m.sql <<< "CREATE MATERIALIZED VIEW \"Quo\"\"ted ä m\" WITH (fillfactor = 71) AS SELECT $columns FROM plain_m WITH NO DATA;"
query_file long_m.sql <<< "CREATE MATERIALIZED VIEW $(quoted "${long}") AS TABLE \"Quo\"\"ted ä m\";"
query_file plain_v.sql <<< "CREATE VIEW plain_v AS SELECT $columns FROM data.t WHERE part IN (SELECT part FROM plain_m);"
query_file quoted_v.sql <<< "CREATE VIEW \"Quo\"\"ted ä v\" AS SELECT $columns FROM plain_v WHERE part < 6;"
query_file long_v.sql <<< "CREATE VIEW $(quoted "v${long:0:60}") AS SELECT $columns FROM data.t WHERE id > (SELECT min(id) FROM \"Quo\"\"ted ä m\");"
query_file spaced.sql << END
CREATE MATERIALIZED VIEW "S p.ace".plain_m AS SELECT $columns FROM public.plain_m;
CREATE INDEX plain_part ON "S p.ace".plain_m (part);
COMMENT ON COLUMN "S p.ace".plain_m.wide IS 'from the file';
CREATE VIEW "S p.ace".plain_v AS SELECT $columns FROM public.plain_v WHERE part IN (SELECT part FROM "S p.ace".plain_m);
CREATE MATERIALIZED VIEW "S p.ace".$(quoted "$long") AS SELECT $columns FROM "S p.ace".plain_v;
CREATE VIEW "S p.ace"."Quo""ted ä v" AS SELECT $columns FROM data.t;
END
config
matswap run
exits "the first run" 0

psql -Xq -v ON_ERROR_STOP=1 -v fingerprint="$(cat "$root/src/pg/sql/swap_surroundings.sql")" -f "$here/surroundings.sql" ||
    not_ok "surroundings.sql"
[ $labels = yes ] || sql "DELETE FROM probe.attribute WHERE put LIKE 'SECURITY LABEL%'"
sql "SELECT format('ALTER %s %s OWNER TO %I', CASE kind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, view,
                   CASE WHEN view LIKE '%plain%' THEN 'it_surr_owner' ELSE 'it_surr_other' END) FROM probe.subject" | sed 's/$/;/' |
    psql -Xq -v ON_ERROR_STOP=1
put=$(sql "SELECT probe.put_all()")
[ "${put:-0}" -ge 300 ] && ok "$put attributes on 10 views" || { not_ok "only ${put:-no} attributes"; finish; }
# After the views were made, so that all of them have to be undone: everywhere, in a live schema, and in a shadow one.
sql "CREATE SCHEMA \"S p.ace_new\"" \
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO it_surr_reader" \
    "ALTER DEFAULT PRIVILEGES FOR ROLE it_surr_owner GRANT ALL ON TABLES TO it_surr_reader WITH GRANT OPTION" \
    "ALTER DEFAULT PRIVILEGES FOR ROLE it_surr_owner REVOKE INSERT ON TABLES FROM it_surr_owner" \
    "ALTER DEFAULT PRIVILEGES FOR ROLE it_surr_other IN SCHEMA public GRANT INSERT, DELETE ON TABLES TO PUBLIC" \
    "ALTER DEFAULT PRIVILEGES FOR ROLE it_surr_other IN SCHEMA \"S p.ace_new\" GRANT ALL ON TABLES TO it_surr_reader"

can_dump=no
[ "$(pg_dump --version | grep -oE '[0-9]+' | head -n 1)" -lt "$major" ] || can_dump=yes
remember()
{
    facts=$(sql "SELECT * FROM probe.facts()")
    [ $can_dump = no ] || dump=$(schema_dump --exclude-schema='*_old')
}
# unchanged WHAT: since `remember`
unchanged()
{
    [ $can_dump = no ] || same "$1: pg_dump sees no difference" "$dump" "$(schema_dump --exclude-schema='*_old')"
    same "$1: the catalog says the same" "$facts" "$(sql "SELECT * FROM probe.facts()")"
}
remember
oids=$(sql "SELECT array_agg(oid ORDER BY oid) FROM probe.subject")

same "each change of an attribute is noticed" "" "$(sql "SELECT * FROM probe.unnoticed()" || echo "the changes can't be made")"
unchanged "after the changes are undone"

# ---- unchanged SQL

for run in first second; do
    matswap run
    exits "a $run run with unchanged SQL" 0
    unchanged "the $run run"
    same "the $run run says nothing" "" "$(grep -E 'warning|not carried' "$work/err")"
done
[ "$(sql "SELECT array_agg(oid ORDER BY oid) FROM probe.subject")" != "$oids" ] && ok "the views are new ones" || not_ok "the views are the old ones"

# The files that `init` writes of all this say the same, with and without the grants.
for grants in "" --grants; do
    code=0
    "$MATSWAP" init $grants "$work/adopted$grants" > "$work/out" 2> "$work/err" || code=$?
    exits "init $grants" 0
    same "init leaves nothing out" "" "$(grep warning "$work/err")"
    (cd "$work" && "$MATSWAP" -c "adopted$grants/matswap.ini" run) > "$work/out" 2> "$work/err" || code=$?
    exits "a run over what init has written" 0
    unchanged "that run"
done

# A role that is no superuser, but may act for all that own or grant.
sql "GRANT it_surr_owner, it_surr_other, it_surr_middle, \"It's Q\" TO it_surr_app" "GRANT CREATE ON DATABASE it_surroundings TO it_surr_app" \
    "ALTER SCHEMA matswap OWNER TO it_surr_app" "ALTER TABLE matswap.generation OWNER TO it_surr_app" \
    "ALTER SCHEMA \"S p.ace_new\" OWNER TO it_surr_app"
remember
config "conninfo = user=it_surr_app"
matswap run
exits "a run as a role that is no superuser" 0
unchanged "that run"
config

# Back to a kept generation, and forth.
matswap run --keep-old
exits "a run that keeps the old generation" 0
unchanged "that run"
for direction in back forth; do
    matswap rollback
    exits "a rollback $direction" 0
    unchanged "the rollback $direction"
done

# What the views do.
same "triggers and rules are executed" "Quo\"ted ä vINSERTit's name 3 deleted name 7 deleted one more" "$(sql \
    "TRUNCATE data.log" "INSERT INTO \"S p.ace\".\"Quo\"\"ted ä v\" (id) VALUES (1)" \
    "DELETE FROM \"S p.ace\".\"Quo\"\"ted ä v\" WHERE id IN (3, 7)" "SELECT string_agg(what, ' ') FROM data.log")"

# ---- the SQL changes

query_file spaced.sql << END
CREATE MATERIALIZED VIEW "S p.ace".plain_m AS SELECT part::bigint AS part, 1 AS added, id, length(wide) AS wide FROM public.plain_m;
CREATE INDEX plain_part ON "S p.ace".plain_m (part);
COMMENT ON MATERIALIZED VIEW "S p.ace".plain_m IS 'changed by the file';
CREATE VIEW "S p.ace".plain_v AS SELECT part, id, now() AS "Na me" FROM data.t;
CREATE MATERIALIZED VIEW "S p.ace".$(quoted "$long") AS SELECT $columns FROM public.plain_v;
CREATE MATERIALIZED VIEW "S p.ace"."Quo""ted ä v" AS SELECT $columns FROM data.t;
END
remember
matswap run
exits "a run with changed columns" 0
view='"S p\.ace"\.plain_m'
says "an index on a column that is gone" "index \"S p\.ace\"\.\"plain_m\"\"expr\" of $view is not carried over: the new query has no column \"Na me\""
says "statistics on it" "statistics object .* of $view is not carried over: the new query has no column \"Na me\""
says "what was said of it" "comment, privileges.* of column \"Na me\" of $view is not carried over: the new query has no such column"
says "the storage of a column of another type" "storage.* of column wide of $view is not carried over: the column changes its type from text to integer"
view='"S p\.ace"\.plain_v'
says "a trigger on it" "trigger second of $view is not carried over: the new query has no column wide"
says "its default" "default value of column \"Na me\" of $view is not carried over: the column changes its type from text to timestamp with time zone"
view='"S p\.ace"\."Quo""ted ä v"'
says "a rule of a view that is materialized now" "rule \"R u\" of $view is not carried over: the view becomes a materialized one"
says "a trigger of it" "trigger \"T g\" of $view is not carried over: the view becomes a materialized one"

# All other lines of the facts are there again; those that are gone are about what has changed.
gone=$(diff <(echo "$facts") <(sql "SELECT * FROM probe.facts()") | sed -n 's/^< //p')
same "only facts about the changed views are gone" "" "$(grep -v 'S p.ace' <<< "$gone" | grep -v '^[ )]')"
kept=$(sql "SELECT * FROM probe.facts()")
view='"S p.ace".plain_m'
says_kept()
{
    grep -qF -- "$2" <<< "$kept" && ok "$1" || { not_ok "$1: no $2"; grep -F "$view" <<< "$kept" | sed 's/^/#   /' | head -n 20; }
}
says_kept "the privileges on the view" "privilege|$view||it_surr_middle|\"It's Q\"|SELECT|t"
says_kept "those on a column that stays" "privilege|$view|part|it_surr_owner|PUBLIC|INSERT|f"
says_kept "options and order" "{autovacuum_enabled=off,fillfactor=71}|{autovacuum_vacuum_threshold=77}|f"
says_kept "what a column of another type can keep" "column|$view|part|bigint|{=a/it_surr_owner}|321|{n_distinct=7,n_distinct_inherited=-0.5}"
says_kept "the index on what stays" "index|$view|CREATE UNIQUE INDEX \"plain_m \"\"i\"\"\" ON $view USING btree (id) WITH (fillfactor='60', deduplicate_items=off)|t|t|f|it surroundings"
says_kept "what the file states" "comment|materialized view|$view|changed by the file"
says_kept "a comment on the type" "comment|type|$view|row"
says_kept "a rule on what stays" "trigger|\"S p.ace\".plain_v|CREATE TRIGGER \"T g\""
[ $labels = no ] || says_kept "the label" "label|materialized view|$view|It's a provider|secret"

# ---- a view gets another name

remember
mv "$work/queries/plain_v.sql" "$work/queries/other_v.sql"
sed -i 's/public\.plain_v/public.other_v/; s/CREATE VIEW plain_v/CREATE VIEW other_v/; s/FROM plain_v/FROM other_v/' "$work"/queries/*.sql
config "" "[view other_v]" "renamed_from = plain_v"
matswap run
exits "a run with a renamed view" 0
same "all of it is on the new name" "$(grep 'public\.plain_v' <<< "$facts" | sed 's/plain_v/other_v/g' | sort)" \
    "$(sql "SELECT * FROM probe.facts()" | grep 'public\.other_v' | sort)"
same "and works" "other_vINSERTit's" "$(sql "TRUNCATE data.log" "INSERT INTO other_v (id) VALUES (1)" "TABLE data.log")"
config

# ---- what cannot be kept is refused by name

query_file long_v.sql <<< "CREATE VIEW $(quoted "v${long:0:60}") AS SELECT DISTINCT $columns FROM data.t;"
matswap check
exits "a check option on a view that can't have one any more" 2
says "is told" "ALTER VIEW public_new\..*carried over from the live view: change it there"
query_file long_v.sql <<< "CREATE VIEW $(quoted "v${long:0:60}") AS SELECT $columns FROM data.t;"

sql "CREATE STATISTICS \"far away\".\"plain_m 'st\" ON id, part FROM public.plain_m"
matswap check
exits "two statistics objects of one name" 2
says "are told" "statistics object \"far away\"\.\"plain_m 'st\" on public\.plain_m meets one of the same name, on public\.plain_m"
sql "DROP STATISTICS \"far away\".\"plain_m 'st\"" "CREATE EXTENSION IF NOT EXISTS plpgsql" "ALTER EXTENSION plpgsql ADD MATERIALIZED VIEW plain_m"
matswap check
exits "a view that belongs to an extension" 2
says "is told" "public\.plain_m belongs to extension plpgsql; .*ALTER EXTENSION plpgsql DROP MATERIALIZED VIEW public\.plain_m"
sql "ALTER EXTENSION plpgsql DROP MATERIALIZED VIEW plain_m"

# ---- what becomes another's

sql "GRANT it_surr_owner TO it_surr_middle"
matswap run
exits "a run when a grantor has become a member of the owner" 0
says "is told" "what role it_surr_middle has granted on public\.plain_m is carried over as granted by its owner"
same "and who could read still can" "t" "$(sql "SELECT has_table_privilege('It''s Q', 'plain_m', 'SELECT WITH GRANT OPTION')")"
same "nothing is left over" "" "$(leftovers | grep -v '^schema S p.ace_new$')"
drop_everything
finish
