/*
 * history.c: many runs at once, for those who look back.  Nothing here takes longer the more runs there are than it has to:
 * of a set that is rebuilt every quarter of an hour, the journal knows thousands.
 */
#include "journal_internal.h"

#include "journal_sql.h"
#include "journal_word.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"

typedef struct Listing
{
    const void *context;
    const char *set;
    Name view;
    int64_t limit;
    int64_t *ids;
    size_t id_count;
    RunDigest *digests;
    size_t digest_count;
    JournalRun **runs;
    size_t run_count;
    Name *names;
    size_t name_count;
} Listing;

/* ---- runs, in short ----------------------------------------------------------------------------------------- */

static Status read_digest(Row *row, void *data, Errors *errors)
{
    Listing *listing = data;
    RunDigest digest = {0};
    digest.run = row_text(row, listing->context);
    int state = row_word(row, run_state_from_word, "state of a run", errors);
    int outcome = row_word(row, journal_outcome_from_word, "outcome of a run", errors);
    digest.started_at = row_text(row, listing->context);
    digest.finished_at = row_text(row, listing->context);
    digest.is_rollback = row_integer(row) != 0;
    digest.lock_ms = row_real(row);
    digest.lock_tries = row_integer(row);
    digest.views = row_integer(row);
    digest.built = row_integer(row);
    digest.kept = row_integer(row);
    digest.failed = row_integer(row);
    digest.rows = row_integer(row);
    digest.bytes = row_integer(row);
    digest.error = row_text(row, listing->context);
    if (state < 0 || outcome < 0)
        return STATUS_FAILED;
    digest.state = (RunState) state;
    digest.outcome = (RunOutcome) outcome;
    MEM_PUSH(listing->context, listing->digests, listing->digest_count, digest);
    return STATUS_OK;
}

Status journal_digests(const void *context, Journal *journal, const char *set, int64_t limit, RunDigest **ret_digests,
                       size_t *ret_count, Errors *errors)
{
    Listing listing = {.context = context};
    Binds binds = BINDS(bind_text(":set", set), bind_integer(":limit", limit));
    if (journal_execute(journal, JOURNAL_SQL_RUN_DIGEST, binds, read_digest, &listing, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_digests = listing.digests;
    *ret_count = listing.digest_count;
    return STATUS_OK;
}

static Status read_integer(Row *row, void *data, Errors *errors)
{
    int64_t *integer = data;
    *integer = row_integer(row);
    return STATUS_OK;
}

Status journal_run_count(Journal *journal, const char *set, int64_t *ret_count, Errors *errors)
{
    return journal_execute(journal, JOURNAL_SQL_RUN_COUNT, BINDS(bind_text(":set", set)), read_integer, ret_count, errors);
}

/* ---- runs, one after the other ------------------------------------------------------------------------------- */

static Status read_listed(Row *row, void *data, Errors *errors)
{
    Listing *listing = data;
    MEM_PUSH(listing->context, listing->ids, listing->id_count, row_integer(row));
    return STATUS_OK;
}

/* Of a run that has been forgotten meanwhile there is nothing. */
static Status load_one(Journal *journal, void *data, Errors *errors)
{
    return journal_load_run(journal, data, errors);
}

Status journal_each_run(Journal *journal, const char *set, int64_t limit, RunVisitor visitor, void *data, Errors *errors)
{
    void *scratch = mem_context(journal);
    Listing listing = {.context = scratch};
    Binds binds = BINDS(bind_text(":set", set), bind_integer(":before", INT64_MAX), bind_integer(":limit", limit));
    Status status = journal_execute(journal, JOURNAL_SQL_RUN_LIST, binds, read_listed, &listing, errors);
    for (size_t i = 0; status == STATUS_OK && i < listing.id_count; i++)
    {
        JournalRun *run = mem_new(scratch, JournalRun);
        run->id = listing.ids[i];
        status = journal_transaction(journal, JOURNAL_SQL_BEGIN_READ, load_one, run, errors);
        if (status == STATUS_OK && run->run != NULL)
            visitor(run, data);
        talloc_free(run);
    }
    talloc_free(scratch);
    return status;
}

/* ---- one view ------------------------------------------------------------------------------------------------ */

static Status read_view_run(Row *row, void *data, Errors *errors)
{
    Listing *listing = data;
    JournalRun *run = mem_new(listing->context, JournalRun);
    if (journal_read_run(row, run, errors) != STATUS_OK || journal_read_view(row, run, errors) != STATUS_OK)
        return STATUS_FAILED;
    MEM_PUSH(listing->context, listing->runs, listing->run_count, run);
    return STATUS_OK;
}

/* All of the run, then the one view of it: a journal of an older format is only read until the next run. */
static Status load_view_run(Journal *journal, Listing *listing, int64_t id, Errors *errors)
{
    JournalRun *run = mem_new(listing->context, JournalRun);
    run->id = id;
    if (journal_load_run(journal, run, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < run->view_count; i++)
        if (name_equal(run->views[i].name, listing->view))
            run->views[0] = run->views[i];
    run->view_count = 1;
    run->schema_count = 0;
    MEM_PUSH(listing->context, listing->runs, listing->run_count, run);
    return STATUS_OK;
}

static Status list_view_runs(Journal *journal, void *data, Errors *errors)
{
    Listing *listing = data;
    Binds binds = BINDS(bind_text(":set", listing->set), bind_text(":schema", listing->view.schema),
                        bind_text(":name", listing->view.name), bind_integer(":limit", listing->limit));
    if (journal->format == JOURNAL_FORMAT)
        return journal_execute(journal, JOURNAL_SQL_VIEW_RUNS, binds, read_view_run, listing, errors);
    Status status = journal_execute(journal, JOURNAL_SQL_VIEW_RUN_IDS, binds, read_listed, listing, errors);
    for (size_t i = 0; status == STATUS_OK && i < listing->id_count; i++)
        status = load_view_run(journal, listing, listing->ids[i], errors);
    return status;
}

Status journal_view_runs(const void *context, Journal *journal, const char *set, Name view, int64_t limit,
                         JournalRun ***ret_runs, size_t *ret_count, Errors *errors)
{
    Listing listing = {.context = context, .set = set, .view = view, .limit = limit};
    if (journal_transaction(journal, JOURNAL_SQL_BEGIN_READ, list_view_runs, &listing, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_runs = listing.runs;
    *ret_count = listing.run_count;
    return STATUS_OK;
}

static Status read_name(Row *row, void *data, Errors *errors)
{
    Listing *listing = data;
    Name name = {0};
    name.schema = row_text(row, listing->context);
    name.name = row_text(row, listing->context);
    MEM_PUSH(listing->context, listing->names, listing->name_count, name);
    return STATUS_OK;
}

Status journal_view_names(const void *context, Journal *journal, const char *set, Name **ret_names, size_t *ret_count,
                          Errors *errors)
{
    Listing listing = {.context = context};
    Binds binds = BINDS(bind_text(":set", set));
    if (journal_execute(journal, JOURNAL_SQL_VIEW_NAMES, binds, read_name, &listing, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_names = listing.names;
    *ret_count = listing.name_count;
    return STATUS_OK;
}

/* ---- a run under way ----------------------------------------------------------------------------------------- */

typedef struct Reads
{
    const void *context;
    JournalRead *items;
    size_t count;
} Reads;

static Status read_read(Row *row, void *data, Errors *errors)
{
    Reads *reads = data;
    JournalRead item = {0};
    item.reader = (size_t) row_integer(row);
    item.input = (size_t) row_integer(row);
    MEM_PUSH(reads->context, reads->items, reads->count, item);
    return STATUS_OK;
}

Status journal_view_reads(const void *context, Journal *journal, const JournalRun *run, JournalRead **ret_reads,
                          size_t *ret_count, Errors *errors)
{
    Reads reads = {.context = context};
    Binds run_id = BINDS(bind_integer(":run_id", run->id));
    if (journal->format >= JOURNAL_FORMAT_WITH_TASKS &&
        journal_execute(journal, JOURNAL_SQL_VIEW_READS, run_id, read_read, &reads, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_reads = reads.items;
    *ret_count = reads.count;
    return STATUS_OK;
}

Status journal_run_jobs(Journal *journal, const JournalRun *run, int *ret_jobs, Errors *errors)
{
    int64_t jobs = 0;
    Binds run_id = BINDS(bind_integer(":run_id", run->id));
    if (journal->format >= JOURNAL_FORMAT_WITH_TASKS &&
        journal_execute(journal, JOURNAL_SQL_RUN_JOBS, run_id, read_integer, &jobs, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_jobs = (int) jobs;
    return STATUS_OK;
}
