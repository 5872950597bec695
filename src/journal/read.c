/*
 * read.c: runs as the journal has them.
 */
#include "journal_internal.h"

#include "journal_sql.h"
#include "journal_word.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"

Status journal_read_run(Row *row, void *data, Errors *errors)
{
    JournalRun *run = data;
    run->id = row_integer(row);
    run->run = row_text(row, run);
    run->set = row_text(row, run);
    int state = row_word(row, run_state_from_word, "state of a run", errors);
    int outcome = row_word(row, journal_outcome_from_word, "outcome of a run", errors);
    run->started_at = row_text(row, run);
    run->finished_at = row_text(row, run);
    run->host = row_text(row, run);
    run->pid = row_integer(row);
    run->version = row_text(row, run);
    run->config = row_text(row, run);
    run->system_identifier = row_text(row, run);
    run->database = row_text(row, run);
    run->fingerprint = row_text(row, run);
    run->surroundings = row_text(row, run);
    run->keep_old = row_integer(row) != 0;
    run->is_rollback = row_integer(row) != 0;
    run->partial = row_integer(row) != 0;
    run->snapshot = row_text(row, run);
    run->wal_lsn = row_text(row, run);
    run->snapshot_at = row_text(row, run);
    run->swap_xid = row_text(row, run);
    run->lock_ms = row_real(row);
    run->lock_tries = row_integer(row);
    run->lock_wait_total_ms = row_real(row);
    run->lock_wait_longest_ms = row_real(row);
    run->seam = row_text(row, run);
    run->settings = row_text(row, run);
    run->error = row_text(row, run);
    if (state < 0 || outcome < 0)
        return STATUS_FAILED;
    run->state = (RunState) state;
    run->outcome = (RunOutcome) outcome;
    return STATUS_OK;
}

/* The columns of sql/namespace_select.sql, in order. */
static Status read_schema(Row *row, void *data, Errors *errors)
{
    JournalRun *run = data;
    JournalSchema schema = {0};
    schema.live = row_text(row, run);
    schema.incoming = row_text(row, run);
    schema.outgoing = row_text(row, run);
    schema.made_incoming = row_integer(row) != 0;
    schema.made_outgoing = row_integer(row) != 0;
    schema.incoming_before.comment = row_text(row, run);
    schema.incoming_before.acl = row_text(row, run);
    schema.outgoing_before.comment = row_text(row, run);
    schema.outgoing_before.acl = row_text(row, run);
    MEM_PUSH(run, run->schemas, run->schema_count, schema);
    return STATUS_OK;
}

Status journal_read_view(Row *row, void *data, Errors *errors)
{
    JournalRun *run = data;
    JournalView view = {0};
    view.name.schema = row_text(row, run);
    view.name.name = row_text(row, run);
    int kind = row_word(row, journal_kind_from_word, "kind of a view", errors);
    view.position = (int) row_integer(row);
    view.level = (int) row_integer(row);
    int status = row_word(row, journal_status_from_word, "status of a view", errors);
    view.old_oid = (uint32_t) row_integer(row);
    int old_kind = row_word(row, journal_kind_from_word, "kind of a view", errors);
    view.new_oid = (uint32_t) row_integer(row);
    view.started_at = row_text(row, run);
    view.completed_at = row_text(row, run);
    view.duration_ms = row_real(row);
    view.rows = row_integer(row);
    view.bytes = row_integer(row);
    view.totals = row_text(row, run);
    view.measures = row_text(row, run);
    view.watermark = row_text(row, run);
    view.fingerprint = row_text(row, run);
    view.snapshot = row_text(row, run);
    view.wal_lsn = row_text(row, run);
    view.snapshot_at = row_text(row, run);
    view.error = row_text(row, run);
    view.old_bytes = row_integer(row);
    view.reads = row_text(row, run);
    view.changes = row_text(row, run);
    if (kind < 0 || status < 0 || old_kind < 0)
        return STATUS_FAILED;
    view.kind = (ViewKind) kind;
    view.status = (ViewStatus) status;
    view.old_kind = (ViewKind) old_kind;
    MEM_PUSH(run, run->views, run->view_count, view);
    return STATUS_OK;
}

typedef struct Search
{
    const void *context;
    const char *sql;
    Binds binds;
    JournalRun *run;
} Search;

static Status read_id(Row *row, void *data, Errors *errors)
{
    Search *search = data;
    search->run = mem_new(search->context, JournalRun);
    search->run->id = row_integer(row);
    return STATUS_OK;
}

typedef struct Selects
{
    const char *run, *views;
} Selects;

/* A journal that is opened to read stays in the format that it has. */
static Selects selects_of(const Journal *journal)
{
    const Selects of_format[JOURNAL_FORMAT] = {
        {JOURNAL_SQL_RUN_SELECT_1, JOURNAL_SQL_VIEW_SELECT_1},
        {JOURNAL_SQL_RUN_SELECT_2, JOURNAL_SQL_VIEW_SELECT_2},
        {JOURNAL_SQL_RUN_SELECT_3, JOURNAL_SQL_VIEW_SELECT_2},
        {JOURNAL_SQL_RUN_SELECT_4, JOURNAL_SQL_VIEW_SELECT_4},
        {JOURNAL_SQL_RUN_SELECT, JOURNAL_SQL_VIEW_SELECT},
    };
    return of_format[journal->format - 1];
}

Status journal_load_run(Journal *journal, JournalRun *run, Errors *errors)
{
    Binds id = BINDS(bind_integer(":id", run->id));
    Binds run_id = BINDS(bind_integer(":run_id", run->id));
    Selects selects = selects_of(journal);
    if (journal_execute(journal, selects.run, id, journal_read_run, run, errors) != STATUS_OK ||
        journal_execute(journal, JOURNAL_SQL_NAMESPACE_SELECT, run_id, read_schema, run, errors) != STATUS_OK)
        return STATUS_FAILED;
    return journal_execute(journal, selects.views, run_id, journal_read_view, run, errors);
}

static Status search_run(Journal *journal, void *data, Errors *errors)
{
    Search *search = data;
    if (journal_execute(journal, search->sql, search->binds, read_id, search, errors) != STATUS_OK)
        return STATUS_FAILED;
    return search->run == NULL ? STATUS_OK : journal_load_run(journal, search->run, errors);
}

/* One transaction, so that a reader beside a writer never sees a run of one moment with views of another. */
static Status find_run(const void *context, Journal *journal, const char *sql, Binds binds, JournalRun **ret_run,
                       Errors *errors)
{
    Search search = {.context = context, .sql = sql, .binds = binds};
    Status status = sqlite3_get_autocommit(journal->database)
                        ? journal_transaction(journal, JOURNAL_SQL_BEGIN_READ, search_run, &search, errors)
                        : search_run(journal, &search, errors);
    if (status == STATUS_OK)
        *ret_run = search.run;
    else
        talloc_free(search.run);
    return status;
}

Status journal_unfinished(const void *context, Journal *journal, const char *set, JournalRun **ret_run, Errors *errors)
{
    return find_run(context, journal, JOURNAL_SQL_RUN_FIND_UNFINISHED, BINDS(bind_text(":set", set)), ret_run, errors);
}

Status journal_last_swapped(const void *context, Journal *journal, const char *set, JournalRun **ret_run,
                            Errors *errors)
{
    return find_run(context, journal, JOURNAL_SQL_RUN_FIND_SWAPPED, BINDS(bind_text(":set", set)), ret_run, errors);
}

Status journal_last(const void *context, Journal *journal, const char *set, JournalRun **ret_run, Errors *errors)
{
    return find_run(context, journal, JOURNAL_SQL_RUN_FIND_LAST, BINDS(bind_text(":set", set)), ret_run, errors);
}

Status journal_run_named(const void *context, Journal *journal, const char *name, JournalRun **ret_run, Errors *errors)
{
    return find_run(context, journal, JOURNAL_SQL_RUN_FIND_NAME, BINDS(bind_text(":name", name)), ret_run, errors);
}

Status journal_run_again(const void *context, Journal *journal, const JournalRun *run, JournalRun **ret_run,
                         Errors *errors)
{
    return journal_run_named(context, journal, run->run, ret_run, errors);
}

/* ---- several runs ----------------------------------------------------------------------------------------- */

typedef struct RunList
{
    const void *context;
    const char *set;
    int64_t before; /* a run's id */
    int64_t limit;
    JournalRun **runs;
    size_t count;
} RunList;

static Status read_listed(Row *row, void *data, Errors *errors)
{
    RunList *list = data;
    JournalRun *run = mem_new(list->context, JournalRun);
    run->id = row_integer(row);
    MEM_PUSH(list->context, list->runs, list->count, run);
    return STATUS_OK;
}

static Status list_runs(Journal *journal, void *data, Errors *errors)
{
    RunList *list = data;
    Binds binds = BINDS(bind_text(":set", list->set), bind_integer(":before", list->before),
                        bind_integer(":limit", list->limit));
    Status status = journal_execute(journal, JOURNAL_SQL_RUN_LIST, binds, read_listed, list, errors);
    for (size_t i = 0; status == STATUS_OK && i < list->count; i++)
        status = journal_load_run(journal, list->runs[i], errors);
    return status;
}

static Status read_list(Journal *journal, RunList list, JournalRun ***ret_runs, size_t *ret_count, Errors *errors)
{
    if (journal_transaction(journal, JOURNAL_SQL_BEGIN_READ, list_runs, &list, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_runs = list.runs;
    *ret_count = list.count;
    return STATUS_OK;
}

Status journal_runs(const void *context, Journal *journal, const char *set, int64_t limit, JournalRun ***ret_runs,
                    size_t *ret_count, Errors *errors)
{
    RunList list = {.context = context, .set = set, .before = INT64_MAX, .limit = limit};
    return read_list(journal, list, ret_runs, ret_count, errors);
}

Status journal_runs_before(const void *context, Journal *journal, const JournalRun *run, int64_t limit,
                           JournalRun ***ret_runs, size_t *ret_count, Errors *errors)
{
    RunList list = {.context = context, .set = run->set, .before = run->id, .limit = limit};
    return read_list(journal, list, ret_runs, ret_count, errors);
}

typedef struct NameList
{
    const void *context;
    const char **names;
    size_t count;
} NameList;

static Status read_name(Row *row, void *data, Errors *errors)
{
    NameList *list = data;
    MEM_PUSH(list->context, list->names, list->count, row_text(row, list->context));
    return STATUS_OK;
}

Status journal_run_names(const void *context, Journal *journal, const char *set, const char *prefix, int64_t limit,
                         const char ***ret_names, size_t *ret_count, Errors *errors)
{
    NameList list = {.context = context};
    Binds binds = BINDS(bind_text(":set", set), bind_text(":prefix", prefix), bind_integer(":limit", limit));
    if (journal_execute(journal, JOURNAL_SQL_RUN_NAMES, binds, read_name, &list, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_names = list.names;
    *ret_count = list.count;
    return STATUS_OK;
}

static Status read_duration(Row *row, void *data, Errors *errors)
{
    double *duration = data;
    *duration = row_real(row);
    return STATUS_OK;
}

Status journal_view_duration(Journal *journal, const char *set, Name view, double *ret_milliseconds, Errors *errors)
{
    double duration = -1;
    Binds binds = BINDS(bind_text(":set", set), bind_text(":schema", view.schema), bind_text(":name", view.name));
    Status status = journal_execute(journal, JOURNAL_SQL_VIEW_DURATION, binds, read_duration, &duration, errors);
    if (status == STATUS_OK)
        *ret_milliseconds = duration;
    return status;
}
