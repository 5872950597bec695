/*
 * build_fault.c: what makes a transaction that has been committed worthless all the same.
 */
#include <inttypes.h>

#include "build.h"
#include "matswap/memory.h"

/* What it holds may be an empty table where the snapshot had rows. */
static Errors *rewritten_errors(const BuildView *view)
{
    if (view->rewritten == NULL)
        return NULL;
    Errors *errors = errors_new(view->build);
    Error *error = errors_add(errors, ERROR_CHANGED, "%s, which %s reads, was truncated, rewritten, refreshed or detached "
                              "since the snapshot that the generation is built from", view->rewritten, view->label);
    error_remedy(error_object(error, view->label), "run `matswap run` again when that is over (TRUNCATE, ALTER TABLE, "
                                                   "REFRESH, VACUUM FULL, CLUSTER)");
    return errors;
}

/* What the source has given and what the table has, counted by each for itself. */
static Errors *lacking_errors(const BuildView *view)
{
    if (view->feed == NULL || import_rows(view->feed) == view->record->rows)
        return NULL;
    Errors *errors = errors_new(view->build);
    error_object(errors_add(errors, ERROR_IMPORT, "the import %s: its source has %" PRId64 " rows, and the table %" PRId64,
                            view->label, import_rows(view->feed), view->record->rows), view->label);
    return errors;
}

Errors *build_find_fault(const BuildFill *fill, BuildView **ret_view)
{
    Errors *errors = NULL;
    for (size_t i = 0; i < fill->count && errors == NULL; i++)
    {
        errors = rewritten_errors(fill->views[i]);
        if (errors == NULL)
            errors = lacking_errors(fill->views[i]);
        *ret_view = fill->views[i];
    }
    return errors;
}
