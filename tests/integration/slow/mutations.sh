#!/bin/bash
# mutations.sh: do the integration tests see what they are there for? Each mutation takes one safeguard out of a copy
# of the source; the test that guards it has to fail, and with the words that say so.
source "$(dirname "$0")/../lib.sh"

# name @ test @ the `not ok` line that is expected @ file:sed expression [@ file:sed expression]...
mutations()
{
    cat << 'EOF'
snapshot import@one-snapshot@30 views as of the recorded snapshot@src/pg/sql/build_import_snapshot.sql:s/^SET TRANSACTION SNAPSHOT/SELECT/
frozen rows@old-reader@REPEATABLE READ reader finds every view whole@src/sql/edit.c:s/WITH NO DATA/WITH DATA/; s/"NO "/""/@src/sql/proof.c:s/skip_data = true/skip_data = false/@src/pg/sql/build_refresh.sql:s/^REFRESH MATERIALIZED VIEW/ANALYZE/
indexes@generations@generation 1: the unique index is there@src/pg/sql/carry_indexes.sql:s/^ORDER BY n, step.*/LIMIT 0/
privileges@generations@generation 1@src/pg/sql/carry_privileges.sql:s/^ORDER BY c.n, c.attnum.*/LIMIT 0/
options and comments@generations@generation 1: pg_dump --schema-only@src/pg/sql/carry_attributes.sql:s/^ORDER BY n, step.*/LIMIT 0/
extended statistics@generations@generation 1: pg_dump --schema-only@src/pg/sql/carry_statistics.sql:s/^ORDER BY o.n, o.stxname.*/LIMIT 0/
owner@generations@generation 1@src/stage/rehearse_roles.c:s/run->preflight->role) == 0 ? NULL/run->preflight->role) != 0 ? NULL/
rebind@generations@generation 1@src/pg/sql/dependents_views.sql:s/FROM statement ORDER BY.*/FROM statement LIMIT 0/
revert@kill@killed during second: the next run@src/stage/revert.c:s/!run->record->is_rollback && drop_incoming(run, errors) != STATUS_OK/run == NULL/
lock of the set@interrupt@a second run at the same time@src/stage/lock.c:s/^        if (locked)$/        if (locked || true)/
intent before the act@../faults/sample@leftover@src/stage/build.c:s/^ *save(view, VIEW_BUILDING);.*//
transaction of the swap@../faults/sample@the transaction of its swap@src/stage/swap.c:s/pg_text(rows, 0, "xid")/"1"/
fence of the set@fence@it says whom@src/stage/fence.c:s/SQL_LOCK_FENCE_SHARED, {"key", key}/SQL_ROLLBACK, {"key", key}/
lock of the set at the swap@fence@one that loses it just before the swap@src/stage/lock.c:s/!pg_boolean(rows, 0, "held")/false/
retiring by OID@retire@they stay@src/stage/retire.c:s/if (array_has_oid(oids, oid_count, relations\[i\].oid))//
marker of the run@refusals@@src/stage/schema.c:s/bool matches = marked_run != NULL/bool matches = comment == NULL || marked_run == NULL/
giving back to a reader@swap-locks@the reader gets what the swap has@src/stage/swap_locks.c:s/return over || look_keep.*/return over;/
comparison under the locks@neighbours-swap@an index committed meanwhile: stops@src/stage/swap_prepare.c:s/if (text_equal(now, before))/if (now != NULL)/
asking autovacuum@neighbours-autovacuum@has asked it@src/stage/swap_contention.c:s/^ *ask_autovacuum(swap.*//
old functions that stay@dependents-replaced@it was in nobody's way@src/stage/swap_statements.c:/SQL_SWAP_GIVE_BACK/d
readers of what is removed@schema-removed@a run that would take a view@src/stage/preflight_former.c:s/if (is_part_of(rows, row, members, member_count))/if (rows != NULL)/
privileges on what is made anew@dependents-functions@@src/pg/sql/dependents_privileges.sql:s/FROM statement ORDER BY.*/FROM statement LIMIT 0/
keeping at a rollback@keep-old@a second rollback@src/stage/rollback.c:s/record->keep_old = true/record->keep_old = false/
EOF
}

# mutate EDIT...: applies them to the copy; fails if one finds nothing to change
mutate()
{
    local edit file
    for edit in "$@"; do
        file=$copy/${edit%%:*}
        mkdir -p "$(dirname "$work/original/${edit%%:*}")"
        cp -p "$file" "$work/original/${edit%%:*}"
        sed -i "${edit#*:}" "$file"
        ! cmp -s "$file" "$work/original/${edit%%:*}" || { echo "${edit%%:*} has no such line"; return 1; }
    done
}

# The driver of the fault tests looks for its library beside the program.
build_copy()
{
    ninja -C "$copy/build" matswap tests/faults/faults tests/faults/libfault_points.so >> "$work/log" 2>&1
}

# check NAME TEST EXPECTED EDIT...
check()
{
    local test=$2 expected=$3
    if ! mutate "${@:4}" > "$work/log" || ! build_copy; then
        not_ok "$1: the mutation can be applied and built"
        tail -n 20 "$work/log" | sed 's/^/#   /'
    else
        local status=0
        MATSWAP=$copy/build/matswap timeout 600 "$here/../$test.sh" > "$work/log" 2>&1 < /dev/null || status=$?
        if [ "$status" -eq 124 ]; then # two runs at once that wait for each other: the test does not pass either
            ok "without $1, $test.sh does not end"
        elif grep -q "^not ok .*: .*$expected" "$work/log"; then
            ok "without $1, $test.sh fails"
        else
            not_ok "without $1, $test.sh does not fail as expected ($expected)"
            grep -A 8 '^not ok' "$work/log" | head -n 30 | sed 's/^/#   /'
        fi
    fi
    (cd "$work/original" && find . -type f -exec cp {} "$copy"/{} \; -exec touch "$copy"/{} \; -delete)
}

export FAULT_SEED=1 FAULT_SAMPLE=400 # the same points each time
copy=$work/source
mkdir -p "$copy" "$work/original"
tar -C "$root" --exclude='./build*' --exclude=./.git --exclude=./state -cf - . | tar -C "$copy" -xf -
if ! meson setup "$copy/build" "$copy" -Dwerror=false > "$work/log" 2>&1 || ! build_copy; then
    not_ok "a copy of the source builds"
    tail -n 20 "$work/log" | sed 's/^/#   /'
    finish
fi
while IFS='@' read -r -a fields <&3; do
    [ $# -eq 0 ] || [[ " $* " == *" ${fields[0]// /-} "* ]] || continue # arguments: only these, `-` for a space
    check "${fields[@]}"
done 3< <(mutations)
finish
