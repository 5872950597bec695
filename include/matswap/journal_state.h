/*
 * journal_state.h: the states of a run, as a page.
 *
 *                      run_begin
 *                          |
 *                          v
 *                       STARTED  ------------------------------+
 *                          |  snapshot: schemas made, marked   |
 *                          v                                   |
 *                       BUILDING ------------------------------+
 *                          |  every view built                 |
 *                          v                                   |
 *        (--until=built) BUILT --------------------------------+
 *                          |  rules judged, catalog proof      |  failure, signal, --dry-run, rejection,
 *                          v                                   |  `rollback`
 *    (--until=validated) VALIDATED ----------------------------+
 *                          |  xid and OIDs recorded            |
 *                          v                                   v
 *                       SWAPPING ----- aborted ------------> REVERTING
 *                          |  committed                        |  new generation removed
 *                          v                                   v
 *                       SWAPPED                             REVERTED  (end)
 *                          |  old generation dropped, or kept
 *                          v
 *                         DONE  (end)
 *
 * Three arrows are not drawn: SWAPPING → VALIDATED, for a try of the swap that was rolled back with certainty, and
 * BUILT → BUILDING and VALIDATED → BUILDING, for a `resume` that finds the SQL files, the configuration or the
 * catalog changed since.
 *
 * A run that died in BUILDING goes on there with `resume`: what is usable of it stays, the rest is dropped and built
 * under a new snapshot.  So a generation can have more than one source snapshot (run.snapshot is the newest,
 * view.snapshot an older one that a view stems from); who wants one only says `resume --strict`.
 *
 * `rollback` after a swap is a run of its own (its own row), whose new generation is the kept old one: it
 * starts in VALIDATED.
 *
 * Invariants
 *  1. At most one run of a set is in a state that is not an end.
 *  2. A state is written (and fsynced: synchronous=FULL) before the first act that belongs to it, so the catalog
 *     may be behind the journal, by one state at most, never ahead of it.  In BUILDING, a view that the journal calls
 *     complete may be gone: a `resume` that died had dropped it to build it again.
 *  3. Before SWAPPING the live names carry the OIDs in view.old_oid.
 *  4. In SWAPPING, run.swap_xid names the only transaction that may have moved anything, and view.new_oid the
 *     relations that carry the live names if and only if that transaction committed.
 *  5. From SWAPPED on nothing of the new generation is ever dropped, and what retire drops is in view.old_oid.
 *  6. In REVERTING, and in BUILDING by `resume`, only relations of view.new_oid are dropped (or, where that is not known
 *     yet, of the view's name in a schema with this run's marker); in REVERTING such schemas, too.
 *  7. A state that is an end has finished_at set, and nothing of the run is left in a `_new` schema.
 *
 *  state      what the catalog may look like                                      run          resume      rollback
 *  STARTED    nothing, or marked empty _new schemas                               reverts      reverts¹    reverts
 *  BUILDING   some of the new generation; perhaps marked, empty _old schemas⁴     reverts      goes on³    reverts
 *  BUILT      all of it                                                           reverts      goes on³    reverts
 *  VALIDATED  all of it; perhaps marked, empty _old schemas                       reverts      goes on³    reverts
 *  SWAPPING   as VALIDATED, or as SWAPPED: ask pg_xact_status and the OIDs        settles it, then as VALIDATED or SWAPPED
 *  SWAPPED    new generation live; old one, or a part of it, in the _old schemas  finishes     finishes    swaps back²
 *  REVERTING  as VALIDATED or less                                                finishes     finishes    finishes
 *  ¹ and starts a new run   ² when the old generation is complete (keep_old), else it finishes and says so
 *  ³ with what is usable of it, from BUILDING when something is to be built; reverts and starts a new run when nothing
 *    is usable, or by --strict.  A rollback found in VALIDATED is reverted, which moves nothing, and begun again.
 *  ⁴ when it was VALIDATED once
 */
#ifndef MATSWAP_JOURNAL_STATE_H
#define MATSWAP_JOURNAL_STATE_H

#include <stdbool.h>

/*        name        word         end */
#define RUN_STATES(X)                                                                                               \
    X(STARTED, "started", false)                                                                                    \
    X(BUILDING, "building", false)                                                                                  \
    X(BUILT, "built", false)                                                                                        \
    X(VALIDATED, "validated", false)                                                                                \
    X(SWAPPING, "swapping", false)                                                                                  \
    X(SWAPPED, "swapped", false)                                                                                    \
    X(DONE, "done", true)                                                                                           \
    X(REVERTING, "reverting", false)                                                                                \
    X(REVERTED, "reverted", true)

typedef enum RunState
{
#define X(name, word, end) RUN_##name,
    RUN_STATES(X)
#undef X
    RUN_STATE_COUNT
} RunState;

const char *run_state_word(RunState state);
bool run_state_is_end(RunState state);

/* -1 for a word that is none: a journal from another version */
int run_state_from_word(const char *word);

/* Is `from` → `to` one of the arrows of the page above? */
bool run_state_may_follow(RunState from, RunState to);

/* What `run`, `resume` and `rollback` do with a run found in this state; the third part of the page above. */
typedef enum RecoveryAct
{
    RECOVER_NOTHING, /* an end */
    RECOVER_REVERT,  /* remove the new generation, then go on with the command */
    RECOVER_GO_ON,   /* resume: continue with the next stage */
    RECOVER_SETTLE,  /* establish what the swap's COMMIT did, then look the act up again */
    RECOVER_FINISH,  /* retire the old generation */
    RECOVER_SWAP_BACK
} RecoveryAct;

typedef enum RecoveryCommand
{
    RECOVERY_RUN,
    RECOVERY_RESUME,
    RECOVERY_ROLLBACK
} RecoveryCommand;

RecoveryAct run_state_recovery(RunState state, RecoveryCommand command);

#endif
