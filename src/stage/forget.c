/* forget.c: what the journal need not know any more. */
#include <inttypes.h>

#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "stage_internal.h"

/*
 * After the run's last step, under the set's lock still: whatever happens here, the run is over and says so.  A signal
 * has been waiting for the end of the command.
 */
void stage_forget(const Run *run)
{
    int64_t forgotten = 0;
    Errors *errors = errors_new(run);
    bool ended = run->record == NULL || run_state_is_end(run->record->state);
    if (!ended || run->journal == NULL || pg_interrupted())
        return;
    if (journal_prune(run->journal, run->config->set, run->config->keep_history_ms, &forgotten, errors) != STATUS_OK)
        report_warning(run->report, "runs older than keep_history could not be removed from the journal: %s",
                       error_format(errors, errors->items[0]));
    else if (forgotten > 0)
        report_detail(run->report, "journal", "%" PRId64 " run%s older than keep_history removed", forgotten,
                      forgotten == 1 ? "" : "s");
    talloc_free(errors);
}
