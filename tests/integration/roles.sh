#!/bin/bash
# roles.sh: matswap connects as a role that is no superuser but a member of the views' owners. Views are made by their
# owners with exactly the privileges they had; schemas that an administrator made beforehand are used and kept; no
# password is written anywhere, and the journal is nobody else's to read.
source "$(dirname "$0")/lib.sh"

runner=it_roles_runner alice=it_roles_alice bob=it_roles_bob reader=it_roles_reader
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_roles WITH (FORCE)' \
        -c "DROP ROLE IF EXISTS $runner, $alice, $bob, $reader"
}
drop_roles
fresh_database
sql "CREATE ROLE $alice" "CREATE ROLE $bob" "CREATE ROLE $reader" \
    "CREATE ROLE $runner LOGIN PASSWORD 'a-secret-word' IN ROLE $alice, $bob" \
    "REVOKE ALL ON SCHEMA public FROM PUBLIC" "GRANT USAGE, CREATE ON SCHEMA public TO $alice, $bob" \
    "GRANT USAGE ON SCHEMA public TO $reader, $runner" \
    "CREATE SCHEMA stats" "GRANT USAGE, CREATE ON SCHEMA stats TO $bob" \
    "CREATE TABLE source AS SELECT g AS id, g % 3 AS k, g * 2 AS secret FROM generate_series(1, 30) AS g" \
    "GRANT SELECT ON source TO $alice" || { not_ok "set up"; exit 1; }

query_file base.sql << EOF
CREATE MATERIALIZED VIEW base AS SELECT id, k, secret, current_user::text AS made_by, session_user::text AS session FROM source;
ALTER MATERIALIZED VIEW base OWNER TO $alice;
GRANT SELECT (id, k) ON base TO $bob;
EOF
query_file stats.totals.sql << EOF
CREATE MATERIALIZED VIEW stats.totals AS SELECT k, count(*) AS n, current_user::text AS made_by FROM base GROUP BY k;
ALTER MATERIALIZED VIEW stats.totals OWNER TO $bob;
CREATE UNIQUE INDEX ON stats.totals (k);
EOF
query_file shown.sql << EOF
CREATE VIEW shown AS SELECT t.k, t.n FROM stats.totals AS t;
ALTER VIEW shown OWNER TO $bob;
EOF
config "conninfo = user=$runner" "jobs = 2"

matswap check
exits "without rights in the database it is refused" 2
says "CREATE on the database, or the schemas by name" 'may not create schemas in database it_roles.*GRANT CREATE ON DATABASE it_roles TO it_roles_runner, or make them beforehand: CREATE SCHEMA public_new AUTHORIZATION it_roles_runner; CREATE SCHEMA public_old AUTHORIZATION it_roles_runner; CREATE SCHEMA stats_new'
says "and the schema of the record" 'schema matswap.*CREATE SCHEMA matswap AUTHORIZATION it_roles_runner'

# What the refusals say is what helps.
sed -nE 's/.*(have an administrator run|make them beforehand:) (CREATE SCHEMA [^.]*)$/\2/p' "$work/err" | tr ';' '\n' > "$work/remedies"
same "five schemas to make" 5 "$(wc -l < "$work/remedies")"
while read -r statement; do sql "$statement"; done < "$work/remedies"
sql "COMMENT ON SCHEMA public_new IS 'made by the administrator'" "COMMENT ON SCHEMA matswap IS 'its record'"
matswap check
exits "with them it is not" 0
schemas="SELECT nspname, nspowner::regrole,
                (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(coalesce(nspacl, acldefault('n', nspowner))) AS a),
                obj_description(oid) FROM pg_namespace WHERE nspname ~ '_(new|old)\$' OR nspname = 'matswap' ORDER BY 1"
made=$(sql "$schemas")

# acls: owners and privileges as the catalog has them, but for the order
acls()
{
    sql "SELECT c.relnamespace::regnamespace, c.relname, c.relkind, c.relowner::regrole,
                (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(c.relacl) AS a)
           FROM pg_class AS c WHERE c.relkind IN ('m', 'v', 'i') AND c.relnamespace::regnamespace::text IN ('public', 'stats') ORDER BY 1, 2" \
        "SELECT attrelid::regclass, attname, attacl FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
          WHERE attacl IS NOT NULL AND c.relnamespace::regnamespace::text IN ('public', 'stats') ORDER BY 1, 2"
}

matswap run
exits "the first run" 0
same "each view is its owner's" "base|$alice
shown|$bob
totals|$bob" "$(sql "SELECT relname, relowner::regrole FROM pg_class WHERE relkind IN ('m', 'v') AND relnamespace::regnamespace::text IN ('public', 'stats') ORDER BY 1")"
same "functions in it were called as its owner" "$alice|$runner|$bob" \
    "$(sql "SELECT DISTINCT b.made_by, b.session, t.made_by FROM base AS b, stats.totals AS t")"
same "the schemas made beforehand are there, with their comments and privileges" "$made" "$(sql "$schemas")"
same "and empty" "" "$(sql "SELECT c.oid::regclass FROM pg_class AS c WHERE c.relnamespace::regnamespace::text ~ '_(new|old)\$'")"

# Privileges by hand, and default privileges that would add others.
sql "SET ROLE $alice" "GRANT SELECT (secret) ON base TO $reader WITH GRANT OPTION" "REVOKE DELETE ON base FROM $alice" \
    "SET ROLE $reader" "GRANT SELECT (secret) ON base TO $runner" "SET ROLE $bob" "GRANT SELECT ON shown, stats.totals TO $reader" \
    "REVOKE ALL ON stats.totals FROM $bob" "GRANT SELECT ON stats.totals TO $bob" "RESET ROLE" \
    "GRANT USAGE ON SCHEMA stats TO $reader" \
    "ALTER DEFAULT PRIVILEGES FOR ROLE $alice GRANT ALL ON TABLES TO $reader" \
    "ALTER DEFAULT PRIVILEGES FOR ROLE $bob GRANT SELECT ON TABLES TO PUBLIC" \
    "ALTER DEFAULT PRIVILEGES FOR ROLE $runner GRANT SELECT ON TABLES TO PUBLIC" || not_ok "privileges by hand"
before=$(acls)
dump=$(schema_dump)
matswap run
exits "privileges that a stranger granted are refused" 2
says "with both roles" '^matswap: role it_roles_reader has granted privileges on public\.base, and role it_roles_runner may not act for it; GRANT it_roles_reader TO it_roles_runner'
sql "GRANT $reader TO $runner"
for generation in 1 2 3; do
    sql "UPDATE source SET k = k + 1"
    matswap run
    exits "generation $generation" 0
    same "generation $generation: owners and privileges are the same" "$before" "$(acls)"
    same "generation $generation: and all that surrounds them" "$dump" "$(schema_dump)"
    same "generation $generation: the schemas made beforehand too" "$made" "$(sql "$schemas")"
    same "generation $generation: today's rows" "$generation" "$(sql "SELECT min(k) FROM shown")"
done
same "a reader may what it might" "10" "$(sql "SET ROLE $reader" "SELECT n FROM shown LIMIT 1")"
same "and not more" "permission denied for materialized view base" \
    "$(sql "SET ROLE $reader" "SELECT id FROM base" 2>&1 | grep -o 'permission denied.*')"

# The old generation, kept: readable by who could read it, the live schema's owner too.
sql "ALTER SCHEMA stats OWNER TO $bob"
matswap run --keep-old
exits "a run that keeps the old generation" 0
same "is readable for the owner of the live schema" "10" "$(sql "SET ROLE $bob" "SELECT n FROM stats_old.totals LIMIT 1" 2>&1)"
sql "ALTER SCHEMA stats OWNER TO CURRENT_USER" "REVOKE ALL ON SCHEMA stats FROM $bob, $reader" \
    "GRANT USAGE, CREATE ON SCHEMA stats TO $bob" "GRANT USAGE ON SCHEMA stats TO $reader" # in the order they had
same "is readable in the old schema" "10" "$(sql "SET ROLE $reader" "SELECT n FROM stats_old.totals LIMIT 1")"
matswap rollback
exits "and comes back" 0
same "with its privileges" "$before" "$(acls)"
matswap run
exits "the next run" 0
same "leaves the schemas as they were made" "$made" "$(sql "$schemas")"
same "and all the rest" "$dump" "$(schema_dump)"

# A rejected run and a stopped one, too.
printf '%s\n' "[view base]" "min_rows = 1000" >> "$work/matswap.ini"
matswap run
exits "a rejected run" 5
same "leaves the schemas" "$made" "$(sql "$schemas")"
same "and the views" "$before" "$(acls)"
config "conninfo = user=$runner"
matswap run --until=validated
exits "a stopped run" 0
matswap rollback
exits "undone" 0
same "leaves the schemas too" "$made" "$(sql "$schemas")"

# ---- passwords and files

export PGPASSWORD=a-secret-word
matswap run -v
exits "a password from the environment" 0
if grep -rq a-secret-word "$work/state" "$work/out" "$work/err"; then not_ok "the password was written"; else ok "is in no journal and no log"; fi
unset PGPASSWORD
same "the journal is for its owner alone" "600" "$(stat -c %a "$work/state/journal.db")"
same "so are the files beside it" "" "$(find "$work/state" -type f ! -perm 600)"
same "and its folder" "700" "$(stat -c %a "$work/state")"
for conninfo in "user=$runner password=a-secret-word" "postgresql://$runner:a-secret-word@/it_roles" \
    "postgresql:///it_roles?user=$runner&password=a-secret-word" "user=$runner sslpassword=a-secret-word"; do
    config "conninfo = $conninfo"
    matswap run
    exits "a password in conninfo is refused: ${conninfo//a-secret-word/***}" 2
    says "with the line" 'matswap\.ini:5: conninfo holds a (ssl)?password'
    if grep -q a-secret-word "$work/out" "$work/err"; then not_ok "the password is repeated"; else ok "and not repeated"; fi
done

# A member of one owner only.
config "conninfo = user=$runner"
before=$(acls)
sql "REVOKE $bob FROM $runner" "GRANT USAGE, CREATE ON SCHEMA stats TO $runner"
matswap run
exits "no member of one owner" 2
says "named, with what to do" '^matswap: .*stats\.totals is owned by it_roles_bob, and role it_roles_runner may not act for it; GRANT it_roles_bob TO it_roles_runner'
same "nothing happened" "$before" "$(acls)"
drop_roles
finish
