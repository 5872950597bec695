/*
 * prune.c: what is forgotten of runs that are over.
 *
 * A run goes whole, with all that belongs to it, in one transaction.  SQLite has one writer at a time, and other sets may
 * share the file: so no transaction takes long, and what a call does not come to is left to the next one.
 */
#include "journal_internal.h"

#include <time.h>

#include "journal_sql.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"

enum
{
    NEWEST_KEPT = 20,
    TRANSACTION_MS = 50, /* after that it takes no further run */
    MOST_TRANSACTIONS = 10,
    PAUSE_MS = 5 /* for a writer that waits: SQLite's lock has no queue */
};

typedef struct Pruning
{
    const char *set, *before;
    int64_t forgotten;
    bool over;
} Pruning;

static double clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1000 + (double) now.tv_nsec / 1e6;
}

static Status read_id(Row *row, void *data, Errors *errors)
{
    int64_t *id = data;
    *id = row_integer(row);
    return STATUS_OK;
}

/* *ret_id 0: there is none. */
static Status find_forgettable(Journal *journal, const Pruning *pruning, int64_t *ret_id, Errors *errors)
{
    Binds binds = BINDS(bind_text(":set", pruning->set), bind_text(":before", pruning->before),
                        bind_integer(":newest", NEWEST_KEPT));
    *ret_id = 0;
    return journal_execute(journal, JOURNAL_SQL_RUN_FORGETTABLE, binds, read_id, ret_id, errors);
}

static Status forget(Journal *journal, int64_t id, Errors *errors)
{
    const char *const statements[] = {JOURNAL_SQL_TASK_DELETE,      JOURNAL_SQL_EVENT_DELETE, JOURNAL_SQL_VERDICT_DELETE,
                                      JOURNAL_SQL_NAMESPACE_DELETE, JOURNAL_SQL_VIEW_DELETE,  JOURNAL_SQL_RUN_DELETE};
    Binds run_id = BINDS(bind_integer(":run_id", id));
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        if (journal_execute(journal, statements[i], run_id, NULL, NULL, errors) != STATUS_OK)
            return STATUS_FAILED;
    return STATUS_OK;
}

static Status forget_some(Journal *journal, void *data, Errors *errors)
{
    Pruning *pruning = data;
    double until_ms = clock_ms() + TRANSACTION_MS;
    int64_t id;
    do
    {
        if (find_forgettable(journal, pruning, &id, errors) != STATUS_OK ||
            (id != 0 && forget(journal, id, errors) != STATUS_OK))
            return STATUS_FAILED;
        pruning->forgotten += id != 0 ? 1 : 0;
    } while (id != 0 && clock_ms() < until_ms);
    pruning->over = id == 0;
    return STATUS_OK;
}

Status journal_prune(Journal *journal, const char *set, int64_t keep_ms, int64_t *ret_forgotten, Errors *errors)
{
    void *scratch = mem_context(journal);
    Pruning pruning = {.set = set, .before = journal_ago(scratch, (double) keep_ms)};
    int64_t id;
    /* that there is nothing to do is the rule, and no reason to write */
    Status status = find_forgettable(journal, &pruning, &id, errors);
    pruning.over = id == 0 || journal->forsaken;
    for (int i = 0; status == STATUS_OK && !pruning.over && i < MOST_TRANSACTIONS; i++)
    {
        if (i > 0)
            sqlite3_sleep(PAUSE_MS);
        status = journal_transaction(journal, JOURNAL_SQL_BEGIN_WRITE, forget_some, &pruning, errors);
    }
    if (status == STATUS_OK)
        *ret_forgotten = pruning.forgotten;
    talloc_free(scratch);
    return status;
}
