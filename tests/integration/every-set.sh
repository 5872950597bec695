# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# every-set.sh: a set for tests of `run --every`; to be sourced after lib.sh.
#
# Two views, of which the second waits for the advisory lock 7, and divides by settings.divisor.
fresh_database
sql "CREATE TABLE settings AS SELECT 1 AS divisor" \
    "CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql AS \$\$
     BEGIN
         PERFORM pg_advisory_xact_lock_shared(7);
         RETURN true;
     END \$\$"
query_file u.sql <<< "SELECT g AS id FROM generate_series(1, 10) AS g"
query_file v.sql <<< "SELECT id / divisor AS id FROM u, settings WHERE (SELECT gate())"
config "reconnect_timeout = 1s"
matswap run
exits "the first run" 0

# every ARGUMENT...: in the background, $pid
every()
{
    : > "$work/err" # what is waited for must be its own
    matswap_begin run "$@"
}

ended()
{
    ! kill -0 "$pid"
}

# stop_every: by a SIGTERM; exit code in $code
stop_every()
{
    kill -TERM "$pid"
    wait_until 60 ended || { not_ok "it does not end: $(cat "$work/err")"; pkill -9 -P "$pid"; kill -9 "$pid"; }
    matswap_end
}

generations()
{
    sql "SELECT count(*) FROM matswap.generation"
}

session_begin gate
close_gate()
{
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
}

open_gate()
{
    session gate "SELECT pg_advisory_unlock(7);" > /dev/null
}

at_gate="SELECT count(*) > 0 FROM pg_stat_activity
          WHERE application_name LIKE 'matswap/%' AND wait_event = 'advisory' AND datname = current_database()"

# child: the process of the run at work
child()
{
    pgrep -P "$pid"
}
