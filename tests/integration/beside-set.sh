# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# beside-set.sh: what others do while a generation of the paused set is built; to be sourced after paused-set.sh.
session_begin gate

# beside STATEMENT...: a run; while it builds the last view, the statements are executed
beside()
{
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    begin last 0
    local statement
    for statement in "$@"; do
        sql "SET lock_timeout = '5s'" "$statement" > /dev/null 2> "$work/neighbour" || not_ok "$statement: $(cat "$work/neighbour")"
    done
    session gate "SELECT pg_advisory_unlock(7);" > /dev/null
    matswap_end
    pause_at
    dump=$(schema_dump)
}

# ends_well WHAT: the run has swapped; what the neighbour changed is in $dump
ends_well()
{
    exits "$1" 0
    published "$1"
}

# stops WHAT PATTERN: the run has not swapped and says why; the live generation is as it was
stops()
{
    exits "$1: stops" 1
    says "$1: says why and what to do" "^matswap: $2"
    untouched "$1"
    same "$1: nothing is left over" "" "$(leftovers)"
}

# again WHAT: the next run succeeds and leaves what the neighbour changed as it is
again()
{
    next_source
    matswap run
    exits "$1: the next run" 0
    published "$1: the next run"
}
