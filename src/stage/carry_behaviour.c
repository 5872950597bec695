/*
 * carry_behaviour.c: what ordinary views do beyond their query.
 *
 * The functions that triggers and rules call stay where they are; what rules and defaults name of the generation is
 * rewritten as in a file.
 */
#include "carry_internal.h"

#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"
#include "preflight_internal.h"

/* Is `other` complete before `view` is made, because `view` reads it, directly or not?  Views come after what they read. */
static bool is_built_before(const Run *run, const PlanView *view, const PlanView *other)
{
    bool *read = mem_array(run, bool, run->plan->view_count);
    read[view->index] = true;
    for (size_t i = view->index + 1; i-- > other->index;)
        for (size_t k = 0; read[i] && k < run->plan->views[i]->read_count; k++)
        {
            const PlanView *input = run->plan->views[i]->reads[k].view;
            if (input->rebuilt)
                read[input->index] = true;
        }
    bool found = read[other->index];
    talloc_free(read);
    return found;
}

/*
 * `uses`: an array of positions, as text.  A rule would need an order of building that no query asks for, and could make
 * a circle, which could not be dropped without CASCADE.
 */
static void check_uses(Run *run, const CarryPair *pairs, const CarryPair *pair, const char *uses, const char *what,
                       Errors *errors)
{
    for (const char *at = uses; at != NULL && (at = strpbrk(at, "0123456789")) != NULL;)
    {
        char *end;
        const PlanView *other = pairs[strtoul(at, &end, 10) - 1].view;
        at = end;
        if (other->index < pair->view->index && is_built_before(run, pair->view, other))
            continue;
        void *scratch = mem_context(NULL);
        char *view = view_label(scratch, pair->view);
        error_remedy(preflight_refuse(errors, view, "%s of %s names %s, which %s does not read", what, view,
                                      view_label(scratch, other), view),
                     "write it as an INSTEAD OF trigger, or have it call a function with a text body");
        talloc_free(scratch);
    }
}

static void carry_one(Run *run, const CarryPair *pairs, const PgRows *rows, size_t row, Errors *errors)
{
    const CarryPair *pair = &pairs[pg_integer(rows, row, "n") - 1];
    const char *definition = pg_value(rows, row, "definition");
    const char *what = pg_value(rows, row, "what");
    if (definition == NULL)
        carry_add(run, pair, pg_text(rows, row, "sql"));
    else if (!carry_is_lost(run, pair, rows, row, what))
    {
        check_uses(run, pairs, pair, pg_value(rows, row, "uses"), what, errors);
        const char *sql = carry_definition(run, definition, what, errors);
        if (sql != NULL)
            carry_add(run, pair, sql);
    }
}

Status carry_behaviour(Run *run, const CarryPair *pairs, const CarryArrays *arrays, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_CARRY_BEHAVIOUR, 3, arrays->values) != STATUS_OK)
        return STATUS_FAILED;
    size_t before = errors->count;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        carry_one(run, pairs, rows, i, errors);
    talloc_free(rows);
    return errors_since(errors, before);
}
