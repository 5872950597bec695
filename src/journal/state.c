/*
 * state.c: the states of a run as one table: what may follow each, what each command does with a run that was found
 * in it, and what the catalog may look like.  include/matswap/journal_state.h draws it, docs/failure-modes.md prints it.
 */
#include "matswap/journal_state.h"

#include <stddef.h>
#include <string.h>

typedef struct StateRow
{
    const char *word;
    unsigned followers; /* set of states; empty: an end */
    RecoveryAct acts[RECOVERY_COMMAND_COUNT];
    const char *catalog;
} StateRow;

#define BIT(name) (1U << RUN_##name)
#define ACTS(run, resume, rollback) {RECOVER_##run, RECOVER_##resume, RECOVER_##rollback}

/* A run found in REVERTING is reverted again: removing what is gone already is no error. */
static const StateRow table[RUN_STATE_COUNT] = {
    [RUN_STARTED] = {"started", BIT(BUILDING) | BIT(REVERTING), ACTS(REVERT, START_OVER, REVERT),
                     "nothing, or marked, empty `_new` schemas"},
    [RUN_BUILDING] = {"building", BIT(BUILT) | BIT(REVERTING), ACTS(REVERT, GO_ON, REVERT),
                      "a part of the new generation in the `_new` schemas; perhaps marked, empty `_old` schemas"},
    [RUN_BUILT] = {"built", BIT(VALIDATED) | BIT(BUILDING) | BIT(REVERTING), ACTS(REVERT, GO_ON, REVERT),
                   "all of the new generation, but for isolated groups, in the `_new` schemas"},
    [RUN_VALIDATED] = {"validated", BIT(SWAPPING) | BIT(BUILDING) | BIT(REVERTING), ACTS(REVERT, GO_ON, REVERT),
                       "the same; perhaps marked, empty `_old` schemas"},
    [RUN_SWAPPING] = {"swapping", BIT(SWAPPED) | BIT(VALIDATED) | BIT(REVERTING), ACTS(SETTLE, SETTLE, SETTLE),
                      "as validated, or as swapped: the transaction and the OIDs tell"},
    [RUN_SWAPPED] = {"swapped", BIT(DONE), ACTS(FINISH, FINISH, SWAP_BACK),
                     "the new generation live; the old one, or a part of it, in the `_old` schemas"},
    [RUN_DONE] = {"done", 0, ACTS(NOTHING, NOTHING, NOTHING),
                  "the new generation live; with `keep_old` the old one in the `_old` schemas"},
    [RUN_REVERTING] = {"reverting", BIT(REVERTED), ACTS(REVERT, REVERT, REVERT), "as validated, or less"},
    [RUN_REVERTED] = {"reverted", 0, ACTS(NOTHING, NOTHING, NOTHING), "nothing of the run"},
};

static const char *const act_words[RECOVERY_ACT_COUNT] = {
    [RECOVER_NOTHING] = "-",
    [RECOVER_REVERT] = "reverts",
    [RECOVER_START_OVER] = "starts over",
    [RECOVER_GO_ON] = "goes on",
    [RECOVER_SETTLE] = "settles",
    [RECOVER_FINISH] = "finishes",
    [RECOVER_SWAP_BACK] = "finishes, swaps back",
};

const char *run_state_word(RunState state)
{
    return table[state].word;
}

const char *run_state_catalog(RunState state)
{
    return table[state].catalog;
}

bool run_state_is_end(RunState state)
{
    return table[state].followers == 0;
}

int run_state_from_word(const char *word)
{
    for (int state = 0; state < RUN_STATE_COUNT; state++)
        if (strcmp(table[state].word, word) == 0)
            return state;
    return -1;
}

bool run_state_may_follow(RunState from, RunState to)
{
    return (table[from].followers >> to & 1U) != 0;
}

RecoveryAct run_state_recovery(RunState state, RecoveryCommand command)
{
    return table[state].acts[command];
}

const char *recovery_act_word(RecoveryAct act)
{
    return act_words[act];
}
