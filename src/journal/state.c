/*
 * state.c: the page in journal_state.h as two tables.
 */
#include "matswap/journal_state.h"

#include <stddef.h>
#include <string.h>

static const char *const words[RUN_STATE_COUNT] = {
#define X(name, word, end) word,
    RUN_STATES(X)
#undef X
};

static const bool ends[RUN_STATE_COUNT] = {
#define X(name, word, end) end,
    RUN_STATES(X)
#undef X
};

#define BIT(name) (1U << RUN_##name)

/* The arrows: from each state, the set of states that may follow. */
static const unsigned followers[RUN_STATE_COUNT] = {
    [RUN_STARTED] = BIT(BUILDING) | BIT(REVERTING),
    [RUN_BUILDING] = BIT(BUILT) | BIT(REVERTING),
    [RUN_BUILT] = BIT(VALIDATED) | BIT(BUILDING) | BIT(REVERTING),
    [RUN_VALIDATED] = BIT(SWAPPING) | BIT(BUILDING) | BIT(REVERTING),
    [RUN_SWAPPING] = BIT(SWAPPED) | BIT(VALIDATED) | BIT(REVERTING),
    [RUN_SWAPPED] = BIT(DONE),
    [RUN_DONE] = 0,
    [RUN_REVERTING] = BIT(REVERTED),
    [RUN_REVERTED] = 0,
};

/* A run found in REVERTING is reverted again: removing what is gone already is no error. */
static const RecoveryAct acts[RUN_STATE_COUNT][RECOVERY_ROLLBACK + 1] = {
    /*                  run              resume           rollback */
    [RUN_STARTED] = {RECOVER_REVERT, RECOVER_REVERT, RECOVER_REVERT},
    [RUN_BUILDING] = {RECOVER_REVERT, RECOVER_GO_ON, RECOVER_REVERT},
    [RUN_BUILT] = {RECOVER_REVERT, RECOVER_GO_ON, RECOVER_REVERT},
    [RUN_VALIDATED] = {RECOVER_REVERT, RECOVER_GO_ON, RECOVER_REVERT},
    [RUN_SWAPPING] = {RECOVER_SETTLE, RECOVER_SETTLE, RECOVER_SETTLE},
    [RUN_SWAPPED] = {RECOVER_FINISH, RECOVER_FINISH, RECOVER_SWAP_BACK},
    [RUN_DONE] = {RECOVER_NOTHING, RECOVER_NOTHING, RECOVER_NOTHING},
    [RUN_REVERTING] = {RECOVER_REVERT, RECOVER_REVERT, RECOVER_REVERT},
    [RUN_REVERTED] = {RECOVER_NOTHING, RECOVER_NOTHING, RECOVER_NOTHING},
};

const char *run_state_word(RunState state)
{
    return words[state];
}

bool run_state_is_end(RunState state)
{
    return ends[state];
}

int run_state_from_word(const char *word)
{
    for (int state = 0; state < RUN_STATE_COUNT; state++)
        if (strcmp(words[state], word) == 0)
            return state;
    return -1;
}

bool run_state_may_follow(RunState from, RunState to)
{
    return (followers[from] >> to & 1U) != 0;
}

RecoveryAct run_state_recovery(RunState state, RecoveryCommand command)
{
    return acts[state][command];
}
