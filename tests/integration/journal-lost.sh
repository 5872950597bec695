#!/bin/bash
# journal-lost.sh: a journal that cannot be used is an error of its own that names the file and the way out, before
# anything is touched; one that is lost or full during a run stops it before the swap and never undoes one after it.
source "$(dirname "$0")/lib.sh"

# Mounts of its own, where that is allowed; they go with the process.
if [ -z "${JOURNAL_LOST_INSIDE:-}" ] && unshare -m true 2> /dev/null; then
    trap - EXIT
    rm -rf "$work"
    JOURNAL_LOST_INSIDE=yes exec unshare -m "$0"
fi
source "$here/paused-set.sh"
sql "CREATE FUNCTION pause_drop() RETURNS event_trigger LANGUAGE plpgsql AS \$\$ BEGIN PERFORM public.pause('drop'); END \$\$" \
    "CREATE EVENT TRIGGER pause_drop ON ddl_command_start WHEN TAG IN ('DROP MATERIALIZED VIEW') EXECUTE FUNCTION pause_drop()"
config "jobs = 2" "swap_timeout = 20s"
dump=$(schema_dump)
journal=$work/state/journal.db

# state_of_database: everything that a command could have touched
state_of_database()
{
    schema_dump
    oids
    sql "$contents" "SELECT run FROM matswap.generation ORDER BY swapped_at"
    leftovers
}

# refused WHAT PATTERN [COMMAND]...: each command fails with this, and has touched nothing
refused()
{
    local what=$1 pattern=$2 before command
    before=$(state_of_database)
    shift 2
    for command in "${@:-run}"; do
        matswap $command
        exits "$what: $command" 1
        says "$what: $command names the file and the way out" "^matswap: .*$work/state.*$pattern"
        same "$what: $command has touched nothing" "$before" "$(state_of_database)"
    done
}

# ---- unusable before a run ----
cp -r "$work/state" "$work/good"
restore()
{
    rm -rf "$work/state"
    cp -r "$work/good" "$work/state"
}

mkfifo "$work/locker"
sqlite3 "$journal" < "$work/locker" > "$work/locker.out" &
locker=$!
exec {hold}> "$work/locker"
echo "BEGIN EXCLUSIVE; SELECT 'held';" >&"$hold"
wait_until 20 grep -q held "$work/locker.out"
refused "locked by another process" "is locked by another process: .*; wait until that has finished; fuser shows which" run resume rollback
matswap status
exits "status reads a locked one" 0
exec {hold}>&-
wait "$locker"

damaged="move it away with its -wal and -shm files: the markers .*rollback --orphans"
printf '%0.sx' {1..100} | dd of="$journal" conv=notrunc status=none
refused "damaged in its header" "is not a journal: .*move the file away: the markers .*rollback --orphans" run resume rollback status
restore
python3 -c 'import sqlite3, sys
c = sqlite3.connect(sys.argv[1]); print(c.execute("SELECT rootpage FROM sqlite_master WHERE name = '"'view'"'").fetchone()[0])' \
    "$journal" > "$work/page"
head -c 4096 /dev/zero | tr '\0' '\245' | dd of="$journal" bs=4096 seek=$(($(cat "$work/page") - 1)) conv=notrunc status=none
refused "damaged in a page" "is damaged: .*; $damaged" run resume rollback status
restore
truncate -s 8192 "$journal"
refused "cut short" "is damaged: .*; $damaged" run resume rollback status
restore
echo "no database at all, but text that is longer than a header of SQLite, which has a hundred bytes, as we all know" > "$journal"
refused "not SQLite" "is not a journal: file is not a database; set .journal. to another path, or move" run resume rollback status
rm "$journal"
python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("CREATE TABLE bookmarks (url)")' "$journal"
refused "another program's" "is an SQLite database of another program, not a journal; set .journal. to another path" run resume rollback status
restore
python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version = 99")' "$journal"
refused "of a newer matswap" "has format 99, this matswap knows format [0-9]+; use the newer matswap" run resume rollback status
rm "$journal"
mkdir "$journal"
refused "a folder" "cannot be opened: .*; make the file and its folder writable" run
rmdir "$journal"
matswap run
exits "none at all, and nothing left in the database" 0
published "none at all"
restore

# ---- file systems ----
if [ "${JOURNAL_LOST_INSIDE:-}" = yes ] && mount -t tmpfs -o size=1m tmpfs "$work/good" 2> /dev/null; then
    umount "$work/good"
    mount --bind "$work/state" "$work/state"
    mount -o remount,bind,ro "$work/state"
    refused "on a read-only file system" "is read-only; make the file and its folder writable for this user" run resume rollback
    matswap status
    exits "status reads one there" 0
    umount "$work/state"
    rm -rf "$work/state" && mkdir "$work/state"
    mount --bind "$work/state" "$work/state"
    mount -o remount,bind,ro "$work/state"
    refused "none yet, on a read-only file system" ": Read-only file system; make the folder writable" run
    umount "$work/state"
    mount -t tmpfs -o size=2m tmpfs "$work/state"
    mounted=yes
else
    echo "ok $name: read-only and full file systems # SKIP cannot mount"
    mounted=
fi

fill()
{
    dd if=/dev/zero of="$work/state/ballast" bs=4096 status=none 2> /dev/null
    [ -s "$work/state/ballast" ] || not_ok "the file system cannot be filled"
}

make_room()
{
    rm "$work/state/ballast"
}

session_begin gate

# pause_run PLACE [ARGUMENT]...: a run that waits there for the gate
pause_run()
{
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    begin "$1" 0 "${@:2}"
}

# go_on: the paused run goes on to its end
go_on()
{
    session gate "SELECT pg_advisory_unlock(7);" > /dev/null
    matswap_end
    pause_at
}

no_session="SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'matswap/%' AND datname = current_database()"

# stopped_by_full WHAT: the run has ended, and left what it built where it says
stopped_by_full()
{
    exits "$1" 1
    says "$1: it says what is wrong" "^matswap: the journal $journal cannot be written: .*; free space on its file system"
    says "$1: what is left, and how to remove it" \
        "^matswap: the old generation serves, but what run 20.* left in .*public_new.* is not removed yet; .*.matswap rollback. removes it"
    wait_until 5 sql_says 0 "$no_session" && ok "$1: its sessions have ended" || not_ok "$1: sessions stay: $(leftovers)"
    untouched "$1"
}

if [ -n "$mounted" ]; then
    fill
    refused "none yet, on a full disk" "cannot be written: .*; free space" run
    make_room
    rm -f "$work"/state/*
    matswap run
    exits "with room" 0
    fill
    refused "on a full disk" "cannot be written: .*; free space on its file system" run resume rollback
    make_room

    for command in rollback run resume; do
        pause_run second
        fill
        go_on
        stopped_by_full "the disk fills up during the build, then $command"
        fill # closing the journal has given its log's space back
        refused "while it is full, before $command" "cannot be written: .*; free space" run resume rollback
        make_room
        matswap $command
        exits "with space again, $command" 0
        [ $command = rollback ] || published "with space again, $command"
        same "with space again, $command: nothing is left over" "" "$(leftovers)"
    done

    next_source
    live=$(oids) serving=$(sql "$contents")
    session_begin reader
    session reader "BEGIN; SELECT count(*) FROM second;" > /dev/null
    matswap_begin run
    wait_until 20 sql_says t "$waiting_for_locks" || not_ok "the swap does not wait: $(cat "$work/err")"
    fill
    matswap_end
    stopped_by_full "the disk fills up while the swap waits for its locks"
    session_end reader
    make_room
    matswap run
    exits "with space again after the wait" 0
    published "with space again after the wait"

    # After the swap there is nothing to take back.
    pause_run drop
    fill
    go_on
    exits "the disk fills up after the swap" 0
    says "that is a warning" "warning: the new generation serves; the journal could not be told that it is done, the next command will: .*cannot be written"
    same "the new generation serves" "$(whole $generation)" "$(sql "$contents")"
    make_room
    matswap resume
    exits "resume tells it" 0
    published "after the swap"
    matswap status
    same "then it is done" "nothing is running or left over" "$(head -n 1 "$work/out")"
fi

# ---- lost during a run ----
# stopped_by_loss WHAT: before the swap: the run has removed what it built, by what it remembers
stopped_by_loss()
{
    exits "$1" 1
    says "$1: it says so" "^matswap: the journal $journal was deleted, moved or replaced while it was in use; .*rollback --orphans"
    says "$1: it has cleaned up" "ended +nothing was changed; the old generation serves"
    untouched "$1"
    same "$1: nothing is left over" "" "$(leftovers)"
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
    pause_at
}

ways=(deleted replaced moved "moved with its folder" "bereft of its log")
lose()
{
    case $1 in
        deleted) rm -f "$work"/state/journal.db* ;;
        replaced) cp "$journal" "$work/copy" && mv "$work/copy" "$journal" ;;
        moved) mv "$journal" "$journal.away" ;;
        "moved with its folder")
            if [ -n "$mounted" ]; then rm -f "$work"/state/journal.db*; else mv "$work/state" "$work/away"; fi
            ;;
        "bereft of its log") rm "$journal-wal" ;;
    esac
}

found_again()
{
    rm -rf "$work"/state/* "$work/away"
    mkdir -p "$work/state"
}

[ -z "$mounted" ] || umount "$work/state"
mounted=
found_again
matswap run
for way in "${ways[@]}"; do
    pause_run second
    lose "$way"
    go_on
    stopped_by_loss "$way during the build"
    found_again
    matswap run
    exits "$way during the build: the next run" 0
    published "$way during the build"
done

for way in deleted replaced; do
    next_source
    live=$(oids) serving=$(sql "$contents")
    session_begin reader
    session reader "BEGIN; SELECT count(*) FROM second;" > /dev/null
    matswap_begin run
    wait_until 20 sql_says t "$waiting_for_locks" || not_ok "the swap does not wait: $(cat "$work/err")"
    lose "$way"
    session_end reader
    matswap_end
    stopped_by_loss "$way while the swap waits for its locks"
    found_again
done
matswap run
exits "the next run" 0

# Between the last write before the swap and its COMMIT: the swap's own transaction is held up, but not by a lock, which
# would be subject to lock_timeout.
sql "CREATE FUNCTION pause_move() RETURNS event_trigger LANGUAGE plpgsql AS \$\$
     BEGIN
         WHILE EXISTS (SELECT FROM public.pauses WHERE place = 'move') LOOP
             PERFORM pg_sleep(0.01);
         END LOOP;
     END \$\$" \
    "CREATE EVENT TRIGGER pause_move ON ddl_command_start WHEN TAG IN ('ALTER MATERIALIZED VIEW') EXECUTE FUNCTION pause_move()"
next_source
live=$(oids) serving=$(sql "$contents")
matswap run --until=validated
pause_at move 0
matswap_begin resume
wait_until 20 sql_says t "$sleeping" || not_ok "the swap does not come to the gate: $(cat "$work/err")"
lose deleted
pause_at
matswap_end
sql "DROP EVENT TRIGGER pause_move" "DROP FUNCTION pause_move"
stopped_by_loss "deleted between the last write and the COMMIT"
found_again
matswap run
exits "the run after that" 0
published "the run after that"

# One that was moved, and is put back: it knows of a run that has nothing left.
pause_run second
mv "$journal" "$work/journal.away"
go_on
stopped_by_loss "moved away"
found_again
mv "$work/journal.away" "$journal"
matswap run
exits "put back" 0
published "put back"

# After the swap the run goes on without it.
for way in deleted replaced; do
    pause_run drop
    lose "$way"
    go_on
    exits "$way after the swap" 0
    says "$way after the swap: a warning" "^matswap: warning: the journal $journal was deleted, .*: the swap of run 20.* will not be in it"
    published "$way after the swap"
    found_again
    matswap run
    exits "$way after the swap: the next run" 0
done

# A killed run, and the journal gone with it: the next run says what it found (orphans.sh removes it).
begin second 60
kill -9 "$pid"
matswap_end
pause_at
rm -rf "$work/state"
matswap run
exits "deleted after a crash" 2
says "it is said whose it is" "schema public_new holds what run 20.* of this set left, .*; .matswap rollback --orphans. shows"
matswap rollback --orphans --yes
same "nothing is left over" "" "$(leftovers)"
session_end gate
finish
