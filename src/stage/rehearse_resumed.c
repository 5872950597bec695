/*
 * rehearse_resumed.c: a rehearsal beside what an interrupted run has built already.
 *
 * The generation is rehearsed whole, since what is still to be built may read any of it.  What is there is dropped
 * first, and comes back with the rollback: a crash in between is one more rollback.  Having both at hand proves what
 * no fingerprint of files can: that a name in the SQL still means the same to the server.
 */
#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "rehearse_internal.h"
#include "stage_internal.h"

/* What the relations `oids`, one for each view of the plan (0: none), are. */
static Status read_made(Rehearsal *rehearsal, const uint32_t *oids, MadeView **ret_made)
{
    const Run *run = rehearsal->run;
    const char *array = array_of_oids(rehearsal->scratch, oids, run->plan->view_count);
    PgRows *rows;
    if (pg_query(rehearsal->scratch, run->control, &rows, rehearsal->errors, SQL_RESUME_BUILT, 1, &array) != STATUS_OK)
        return STATUS_FAILED;
    MadeView *made = mem_array(rehearsal->scratch, MadeView, run->plan->view_count);
    for (size_t row = 0; row < pg_row_count(rows); row++)
        made[pg_integer(rows, row, "position") - 1] =
            (MadeView){pg_text(rows, row, "definition"), pg_text(rows, row, "owner")};
    *ret_made = made;
    return STATUS_OK;
}

Status rehearse_drop_built(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    Relation *relations;
    size_t count;
    if (run->resumed == NULL)
        return STATUS_OK;
    uint32_t *oids = mem_array(rehearsal->scratch, uint32_t, run->plan->view_count);
    for (size_t i = 0; i < run->plan->view_count; i++)
        oids[i] = run->resumed[i].recorded == NULL ? 0 : run->resumed[i].recorded->new_oid;
    if (read_made(rehearsal, oids, &rehearsal->built) != STATUS_OK ||
        relations_made(run, &relations, &count, rehearsal->errors) != STATUS_OK ||
        relations_drop_within(run, relations, count, rehearsal->errors) != STATUS_OK)
        return STATUS_FAILED;
    /* its lock_timeout was for the drops */
    return pg_run(run->control, rehearsal->errors,
                  PG_SQL(rehearsal->scratch, SQL_TRANSACTION_LOCK_TIMEOUT, {"milliseconds", "0ms"}));
}

/* What the files would make now may name another table, or have another owner: then the built one is none of theirs. */
static const char *difference(const MadeView *built, const MadeView *created)
{
    if (!text_equal(built->definition, created->definition))
        return "its SQL means something else to the server now";
    return text_equal(built->owner, created->owner) ? NULL : "it would have another owner now";
}

Status rehearse_compare_built(Rehearsal *rehearsal)
{
    const Run *run = rehearsal->run;
    if (run->resumed == NULL)
        return STATUS_OK;
    uint32_t *oids = mem_array(rehearsal->scratch, uint32_t, run->plan->view_count);
    for (size_t i = 0; i < rehearsal->pair_count; i++)
        oids[rehearsal->pairs[i].view->index] = rehearsal->pairs[i].new_oid;
    MadeView *created;
    if (read_made(rehearsal, oids, &created) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->resumed[i].because == NULL)
            run->resumed[i].because = difference(&rehearsal->built[i], &created[i]);
    return STATUS_OK;
}
