# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# isolated-killed.sh: what the tests share that kill an isolating run; to be sourced after isolated-set.sh.
serving=1 # the generation of all groups

# ended WHAT CODE A B C: after a command, the generations of the groups
ended()
{
    exits "$1" "$2"
    same "$1: generations" "$(stand "$3" "$4" "$5")" "$(sql "$generations")"
    same "$1: nothing is left over" "" "$(leftovers)"
    mv "$work/err" "$work/told"
    matswap status
    says "$1: nothing is unfinished" "nothing is running or left over" "$work/out"
}

# good: a run that brings all to one generation, for the next trial
good()
{
    fault
    next_source
    matswap run "$@"
    [ "$code" = 0 ] || not_ok "a good run: $(cat "$work/err")"
    serving=$generation
    next_source
}

die()
{
    kill -9 "$pid"
    matswap_end
}

waits_for()
{
    wait_until 20 sql_says t "$1" || not_ok "$2: $(cat "$work/err")"
}

