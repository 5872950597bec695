/* figures.c: what the journal can tell of a set in figures. */
#include "journal_internal.h"

#include "journal_sql.h"
#include "journal_word.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"

typedef struct Reading
{
    const char *set;
    JournalFigures *figures;
} Reading;

/* The columns of sql/figures_outcome.sql, in order. */
static Status read_outcome(Row *row, void *data, Errors *errors)
{
    JournalFigures *figures = data;
    int outcome = row_word(row, journal_outcome_from_word, "outcome of a run", errors);
    if (outcome < 0)
        return STATUS_FAILED;
    figures->runs[outcome] = row_integer(row);
    return STATUS_OK;
}

/* The columns of sql/figures_success.sql, in order. */
static Status read_success(Row *row, void *data, Errors *errors)
{
    JournalFigures *figures = data;
    figures->succeeded_at = row_text(row, figures);
    return STATUS_OK;
}

/* The columns of sql/figures_swap.sql, in order. */
static Status read_swap(Row *row, void *data, Errors *errors)
{
    JournalFigures *figures = data;
    figures->snapshot_at = row_text(row, figures);
    figures->lock_ms = row_real(row);
    figures->lock_tries = row_integer(row);
    figures->lock_wait_total_ms = row_real(row);
    figures->lock_wait_longest_ms = row_real(row);
    return STATUS_OK;
}

/* The columns of sql/figures_view.sql, in order. */
static Status read_view(Row *row, void *data, Errors *errors)
{
    JournalFigures *figures = data;
    JournalLiveView view = {0};
    view.name.schema = row_text(row, figures);
    view.name.name = row_text(row, figures);
    view.rows = row_integer(row);
    view.bytes = row_integer(row);
    view.duration_ms = row_real(row);
    view.snapshot_at = row_text(row, figures);
    view.watermark = row_text(row, figures);
    MEM_PUSH(figures, figures->live, figures->live_count, view);
    return STATUS_OK;
}

static Status read_figures(Journal *journal, void *data, Errors *errors)
{
    Reading *reading = data;
    Binds set = BINDS(bind_text(":set", reading->set));
    JournalFigures *figures = reading->figures;
    if (journal_execute(journal, JOURNAL_SQL_FIGURES_OUTCOME, set, read_outcome, figures, errors) != STATUS_OK ||
        journal_execute(journal, JOURNAL_SQL_FIGURES_SUCCESS, set, read_success, figures, errors) != STATUS_OK ||
        journal_execute(journal, JOURNAL_SQL_FIGURES_SWAP, set, read_swap, figures, errors) != STATUS_OK)
        return STATUS_FAILED;
    return journal_execute(journal, JOURNAL_SQL_FIGURES_VIEW, set, read_view, figures, errors);
}

Status journal_figures(const void *context, Journal *journal, const char *set, JournalFigures **ret_figures, Errors *errors)
{
    Reading reading = {.set = set, .figures = mem_new(context, JournalFigures)};
    reading.figures->lock_ms = reading.figures->lock_wait_total_ms = reading.figures->lock_wait_longest_ms = -1;
    if (journal_transaction(journal, JOURNAL_SQL_BEGIN_READ, read_figures, &reading, errors) != STATUS_OK)
    {
        talloc_free(reading.figures);
        return STATUS_FAILED;
    }
    *ret_figures = reading.figures;
    return STATUS_OK;
}
