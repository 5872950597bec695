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
 *                          |  every view built, or kept        |
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
 * With on_failure = isolate, a view that failed (its status) and those of its group (isolated) are *kept*: they have no
 * part in the run from then on, and their names carry view.old_oid before and after its swap.
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
 *     relations that carry the live names if and only if that transaction committed.  A view without one leaves: then
 *     nothing carries its name; one that is kept is in no state moved.
 *  5. From SWAPPED on nothing of the new generation is ever dropped, and what retire drops is in view.old_oid of a view
 *     that is not kept.
 *  6. In REVERTING, and in BUILDING by `resume`, only relations of view.new_oid are dropped (or, where that is not known
 *     yet, of the view's name in a schema with this run's marker); in REVERTING such schemas, too.
 *  7. A state that is an end has finished_at set, and nothing of the run is left in a `_new` schema.
 *  8. A group is recorded as kept, whole, in one transaction, before anything of it is dropped; from VALIDATED on (from
 *     BUILT on, of what failed in the build) nothing of it is in a `_new` schema, and its view.new_oid are 0.
 *
 * What the catalog may look like in each state, and what each command does with a run found in it, is the table in
 * src/journal/state.c.  Four notes on it:
 *   - `resume` in STARTED, where nothing is built, reverts and starts a new run.
 *   - `resume` goes on with what is usable, from BUILDING when something is to be built; it reverts and starts a new run
 *     when nothing is usable, or by --strict.  A rollback found in VALIDATED is reverted, which moves nothing, and begun
 *     again.
 *   - `resume` in BUILT and VALIDATED leaves out what is kept, as long as nothing is to be built; else it tries that
 *     again.
 *   - `rollback` in SWAPPED swaps back when the old generation is complete (keep_old), else it finishes and says so.
 */
#ifndef MATSWAP_JOURNAL_STATE_H
#define MATSWAP_JOURNAL_STATE_H

#include <stdbool.h>

typedef enum RunState
{
    RUN_STARTED,
    RUN_BUILDING,
    RUN_BUILT,
    RUN_VALIDATED,
    RUN_SWAPPING,
    RUN_SWAPPED,
    RUN_DONE,
    RUN_REVERTING,
    RUN_REVERTED,
    RUN_STATE_COUNT
} RunState;

const char *run_state_word(RunState state);
bool run_state_is_end(RunState state);

/* What the catalog may look like when a run is found in this state; for docs/failure-modes.md. */
const char *run_state_catalog(RunState state);

/* -1 for a word that is none: a journal from another version */
int run_state_from_word(const char *word);

/* Is `from` → `to` one of the arrows of the page above? */
bool run_state_may_follow(RunState from, RunState to);

/* What `run`, `resume` and `rollback` do with a run found in this state; the third part of the page above. */
typedef enum RecoveryAct
{
    RECOVER_NOTHING, /* an end */
    RECOVER_REVERT,  /* remove the new generation, then go on with the command */
    RECOVER_START_OVER, /* resume of what has built nothing: revert, then begin a new run */
    RECOVER_GO_ON,   /* resume: continue with the next stage */
    RECOVER_SETTLE,  /* establish what the swap's COMMIT did, then look the act up again */
    RECOVER_FINISH,  /* retire the old generation */
    RECOVER_SWAP_BACK, /* finish, then swap the kept old generation back in, as a run of its own */
    RECOVERY_ACT_COUNT
} RecoveryAct;

typedef enum RecoveryCommand
{
    RECOVERY_RUN,
    RECOVERY_RESUME,
    RECOVERY_ROLLBACK,
    RECOVERY_COMMAND_COUNT
} RecoveryCommand;

RecoveryAct run_state_recovery(RunState state, RecoveryCommand command);

/* "reverts", "goes on", …: for people; "-" for RECOVER_NOTHING */
const char *recovery_act_word(RecoveryAct act);

#endif
