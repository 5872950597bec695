/* `history`: the runs of a set. */
#include <string.h>

#include "line.h"
#include "matswap/history.h"
#include "matswap/journal_history.h"
#include "matswap/json.h"
#include "matswap/memory.h"
#include "matswap/moment.h"
#include "report_internal.h"
#include "table.h"

enum
{
    ERROR_WIDTH = 60
};

char *moment_short(const void *context, const char *text)
{
    size_t seconds = strlen("2026-11-21T08:30:00");
    if (text == NULL || strlen(text) <= seconds || text[seconds] != '.')
        return mem_strdup(context, text);
    return mem_printf(context, "%.*s%s", (int) seconds, text, text + seconds + 1 + strspn(text + seconds + 1, "0123456789"));
}

char *moment_between(const void *context, const char *from, const char *to)
{
    double from_ms, to_ms;
    if (!moment_read(from, NULL, &from_ms) || !moment_read(to, NULL, &to_ms) || to_ms < from_ms)
        return NULL;
    return report_duration(context, to_ms - from_ms);
}

const char *outcome_shown(RunState state, RunOutcome outcome, bool is_rollback)
{
    if (!run_state_is_end(state))
        return run_state_word(state);
    return is_rollback && outcome == OUTCOME_SWAPPED ? "swapped back" : run_outcome_word(outcome);
}

/* Of a file at the head of an error, "/etc/matswap/queries/a.sql:3: …", its name: the folder is the same for all. */
static const char *without_folder(const char *error)
{
    size_t path = error[0] == '/' ? strcspn(error, ": ") : 0;
    const char *name = error;
    for (size_t i = 0; error[path] == ':' && i < path; i++)
        if (error[i] == '/')
            name = &error[i + 1];
    return name;
}

/* At most `width` characters of it, on one line. */
static char *shorten(const void *context, const char *text, size_t width)
{
    Text *visible = text_new(context);
    if (text == NULL)
        return NULL;
    text = without_folder(text);
    text_add_visible(visible, text);
    if (line_width(visible->data) <= width)
        return visible->data;
    size_t end = 0;
    for (size_t taken = 0; taken < width - strlen("..."); taken++)
        for (end++; ((unsigned char) visible->data[end] & 0xC0) == 0x80;)
            end++;
    return mem_printf(context, "%.*s...", (int) end, visible->data);
}

static const char *count_or_none(const void *context, int64_t count)
{
    return count <= 0 ? NULL : report_count(context, count);
}

typedef enum HistoryColumn
{
    COLUMN_RUN,
    COLUMN_STARTED,
    COLUMN_TOOK,
    COLUMN_OUTCOME,
    COLUMN_VIEWS,
    COLUMN_BUILT,
    COLUMN_KEPT,
    COLUMN_FAILED,
    COLUMN_ROWS,
    COLUMN_SIZE,
    COLUMN_LOCKS,
    COLUMN_TRIES,
    COLUMN_ERROR,
    COLUMN_COUNT
} HistoryColumn;

static const TableColumn columns[COLUMN_COUNT] = {
    [COLUMN_RUN] = {"run", false},          [COLUMN_STARTED] = {"started", false}, [COLUMN_TOOK] = {"took", true},
    [COLUMN_OUTCOME] = {"outcome", false},  [COLUMN_VIEWS] = {"views", true},      [COLUMN_BUILT] = {"rebuilt", true},
    [COLUMN_KEPT] = {"kept", true},         [COLUMN_FAILED] = {"failed", true},    [COLUMN_ROWS] = {"rows", true},
    [COLUMN_SIZE] = {"size", true},         [COLUMN_LOCKS] = {"locks held", true}, [COLUMN_TRIES] = {"tries", true},
    [COLUMN_ERROR] = {"error", false},
};

static void fill_row(const void *context, const RunDigest *digest, const char **row)
{
    row[COLUMN_RUN] = digest->run;
    row[COLUMN_STARTED] = moment_short(context, digest->started_at);
    row[COLUMN_TOOK] = moment_between(context, digest->started_at, digest->finished_at);
    row[COLUMN_OUTCOME] = outcome_shown(digest->state, digest->outcome, digest->is_rollback);
    row[COLUMN_VIEWS] = report_count(context, digest->views);
    row[COLUMN_BUILT] = digest->is_rollback ? NULL : report_count(context, digest->built);
    row[COLUMN_KEPT] = count_or_none(context, digest->kept);
    row[COLUMN_FAILED] = count_or_none(context, digest->failed);
    row[COLUMN_ROWS] = digest->rows < 0 ? NULL : report_count(context, digest->rows);
    row[COLUMN_SIZE] = digest->bytes < 0 ? NULL : report_bytes(context, digest->bytes);
    row[COLUMN_LOCKS] = digest->lock_ms < 0 ? NULL : report_duration(context, digest->lock_ms);
    row[COLUMN_TRIES] = count_or_none(context, digest->lock_tries);
    row[COLUMN_ERROR] = shorten(context, digest->error, ERROR_WIDTH);
}

/* A column that no row has anything in is left out, but for the first ones. */
static bool is_shown(int column, const char *const *cells, size_t row_count)
{
    bool shown = column <= COLUMN_BUILT;
    for (size_t i = 0; i < row_count && !shown; i++)
        shown = cells[i * COLUMN_COUNT + (size_t) column] != NULL;
    return shown;
}

static void print_shown(FILE *out, const void *context, const char *const *cells, size_t row_count)
{
    TableColumn shown[COLUMN_COUNT];
    size_t from[COLUMN_COUNT] = {0};
    size_t count = 0;
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (is_shown(column, cells, row_count))
        {
            from[count] = (size_t) column;
            shown[count++] = columns[column];
        }
    size_t cell_count = row_count * count;
    const char **narrow = mem_array(context, const char *, cell_count);
    for (size_t i = 0; i < cell_count; i++)
        narrow[i] = cells[i / count * COLUMN_COUNT + from[i % count]];
    table_print(out, shown, count, narrow, row_count);
}

void report_history_text(FILE *out, const History *history)
{
    if (!history->has_journal)
        fprintf(out, "no run yet: there is no journal %s\n", history->journal);
    else if (history->count == 0)
        fprintf(out, "no run of the set %s yet in the journal %s\n", history->set, history->journal);
    if (history->count == 0)
        return;
    void *context = mem_context(NULL);
    size_t cell_count = history->count * COLUMN_COUNT;
    const char **cells = mem_array(context, const char *, cell_count);
    for (size_t i = 0; i < history->count; i++)
        fill_row(context, &history->digests[i], &cells[i * COLUMN_COUNT]);
    print_shown(out, context, cells, history->count);
    if ((int64_t) history->count < history->known)
        fprintf(out, "\nthe newest %s of %s runs; --limit=all shows all\n",
                report_count(context, (int64_t) history->count), report_count(context, history->known));
    talloc_free(context);
}

/* ---- for programs -------------------------------------------------------------------------------------------- */

typedef struct Printing
{
    FILE *out;
    bool first;
} Printing;

static void print_run(const JournalRun *run, void *data)
{
    Printing *printing = data;
    Text *json = text_new(NULL);
    text_add(json, printing->first ? "" : ",");
    json_run(json, run);
    printing->first = false;
    fputs(json->data, printing->out);
    talloc_free(json);
}

Status report_history_json(FILE *out, Journal *journal, const char *set, int64_t limit, Errors *errors)
{
    Printing printing = {.out = out, .first = true};
    fputs("{\"runs\":[", out);
    Status status = journal == NULL ? STATUS_OK
                                    : journal_each_run(journal, set, limit, print_run, &printing, errors);
    fputs("]}\n", out);
    return status;
}
