# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# swap-gate.sh: a COMMIT of the swap that stops where a test wants it, with all its locks; to be sourced after a first run
# over a table `source`. A trigger on matswap.generation waits for the advisory lock 8.
sql "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS \$\$
     BEGIN PERFORM pg_advisory_xact_lock_shared(8); RETURN NULL; END \$\$" \
    "CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON matswap.generation DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION gate()"

at_gate="SELECT count(*) > 0 FROM pg_stat_activity
          WHERE query ~ '^COMMIT' AND wait_event = 'advisory' AND datname = current_database()"

generation=1
# run_to_gate: a run over changed data whose COMMIT is at the gate
run_to_gate()
{
    generation=$((generation + 1))
    sql "UPDATE source SET generation = $generation"
    session_begin gate
    session gate "SELECT pg_advisory_lock(8);" > /dev/null
    matswap_begin run
    wait_until 20 sql_says t "$at_gate" || not_ok "the run does not come to its COMMIT: $(cat "$work/err")"
}

open_gate()
{
    session gate "SELECT pg_advisory_unlock(8);" > /dev/null
    session_end gate
}
