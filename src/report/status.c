/* `status` for people: the journal's unfinished run, then what the server says. */
#include <inttypes.h>
#include <string.h>

#include "matswap/history.h"
#include "matswap/memory.h"
#include "matswap/moment.h"
#include "outlook.h"
#include "report_internal.h"
#include "table.h"

bool view_is_measured(const JournalView *view)
{
    return (view->status == VIEW_BUILT || view_status_is_usable(view->status)) && !journal_view_leaves(view);
}

static void print_fact(FILE *out, const char *label, const char *value)
{
    if (value != NULL && value[0] != '\0')
        fprintf(out, "%-10s  %s\n", label, value);
}

/* Of a resumed run: views that were built under an older snapshot than the run's. */
static bool has_own_snapshots(const JournalRun *run)
{
    bool has = false;
    for (size_t i = 0; i < run->view_count; i++)
        has = has || run->views[i].snapshot != NULL;
    return has;
}

static void print_views(FILE *out, const JournalRun *run)
{
    static const TableColumn columns[] = {
        {"view", false}, {"status", false}, {"rows", true}, {"size", true}, {"time", true}, {"snapshot of", false},
    };
    size_t column_count = sizeof columns / sizeof columns[0] - (has_own_snapshots(run) ? 0 : 1);
    void *context = mem_context(NULL);
    size_t cell_count = run->view_count * column_count;
    const char **cells = mem_array(context, const char *, cell_count);
    const char **cell = cells;
    for (size_t i = 0; i < run->view_count; i++)
    {
        const JournalView *view = &run->views[i];
        bool measured = view_is_measured(view);
        *cell++ = name_qualified(context, view->name);
        *cell++ = journal_view_leaves(view) ? "leaves the set" : view_status_word(view->status);
        *cell++ = measured && view->rows >= 0 ? report_count(context, view->rows) : NULL;
        *cell++ = measured && view->bytes >= 0 ? report_bytes(context, view->bytes) : NULL;
        *cell++ = measured ? report_duration(context, view->duration_ms) : NULL;
        if (has_own_snapshots(run))
            *cell++ = !measured ? NULL : view->snapshot_at != NULL ? view->snapshot_at : run->snapshot_at;
    }
    fputc('\n', out);
    table_print(out, columns, column_count, cells, run->view_count);
    talloc_free(context);
}

static void print_run(FILE *out, const JournalRun *run)
{
    print_fact(out, "run", run->run);
    print_fact(out, "set", run->set);
    print_fact(out, "state", run_state_word(run->state));
    print_fact(out, "outcome", run_outcome_word(run->outcome));
    print_fact(out, "started", run->started_at);
    print_fact(out, "finished", run->finished_at);
    fprintf(out, "%-10s  pid %" PRId64 " on %s\n", "process", run->pid, run->host != NULL ? run->host : "?");
    print_fact(out, "snapshot", run->snapshot);
    if (run->lock_ms >= 0)
    {
        char *duration = report_duration(NULL, run->lock_ms);
        fprintf(out, "%-10s  %s, after %" PRId64 " %s\n", "locks held", duration, run->lock_tries,
                run->lock_tries == 1 ? "try" : "tries");
        talloc_free(duration);
    }
    print_fact(out, "error", run->error);
}

/* ---- the server -------------------------------------------------------------------------------------------- */

static const char *act_word(const JournalRun *run, RecoveryCommand command)
{
    RecoveryAct act = run_state_recovery(run->state, command);
    return recovery_act_word(act == RECOVER_SWAP_BACK && !run->keep_old ? RECOVER_FINISH : act);
}

char *status_next(const void *context, const JournalRun *run, const ServerStatus *server)
{
    if (server != NULL && server->holders.count > 0 && !server->holder_gone)
        return mem_strdup(context, "a run is at work: any other command waits for it a moment, then exits with 3");
    if (run != NULL)
        return mem_printf(context, "`matswap run` %s, then builds anew; `matswap resume` %s; `matswap rollback` %s",
                          act_word(run, RECOVERY_RUN), act_word(run, RECOVERY_RESUME),
                          act_word(run, RECOVERY_ROLLBACK));
    if (server != NULL && server->leftovers != NULL && server->leftovers->count > 0)
        return mem_strdup(context, "`matswap rollback --orphans` shows what is left over, and removes it");
    return NULL;
}

static void print_at_work(FILE *out, const JournalRun *run, const ServerStatus *server)
{
    if (server->error != NULL)
        print_fact(out, "server", mem_printf(server, "%s: %s", server->reachable ? "cannot tell all" : "not reachable",
                                             server->error));
    if (server->holders.count > 0)
        print_fact(out, "at work", mem_printf(server, "%s: %s", server->holder_gone ? "no" : "yes", server->holder));
    else if (run != NULL && server->error == NULL)
        print_fact(out, "at work", "no: nobody holds the set");
}

static void print_leftovers(FILE *out, const Leftovers *leftovers)
{
    if (leftovers == NULL || leftovers->count == 0)
        return;
    fputs("\nschemas of runs that this journal does not know:\n", out);
    for (size_t i = 0; i < leftovers->count; i++)
    {
        const Leftover *leftover = &leftovers->items[i];
        fprintf(out, "  %s (%s of run %s): %zu view%s", leftover->schema, leftover_side(leftover), leftover->run,
                leftover->view_count, leftover->view_count == 1 ? "" : "s");
        if (leftover->other_count > 0)
            fprintf(out, ", and what matswap did not build: %s%s", leftover->others[0],
                    leftover->other_count > 1 ? ", …" : "");
        fputc('\n', out);
    }
}

/* How long ago: an age is what is asked, and the time tells whether it was in the night. */
static char *ago(const void *context, const char *at, double now_ms)
{
    double at_ms;
    if (!moment_read(at, NULL, &at_ms))
        return mem_strdup(context, "at an unknown time");
    return mem_printf(context, "%s, %s ago", moment_short(context, at),
                      report_duration(context, now_ms > at_ms ? now_ms - at_ms : 0));
}

/* Of a set that rests: how old what it serves is, and the last run when that was another one. */
static void print_rest(FILE *out, const StatusVerdict *verdict, const ServerStatus *server)
{
    void *context = mem_context(NULL);
    const JournalRun *swapped = server->swapped;
    double now_ms = moment_now();
    if (swapped != NULL)
    {
        print_fact(out, "live", mem_printf(context, "the generation of run %s, swapped %s", swapped->run,
                                           ago(context, swapped->finished_at, now_ms)));
        print_fact(out, "snapshot", swapped->snapshot_at == NULL ? NULL : ago(context, swapped->snapshot_at, now_ms));
    }
    if (verdict->run != NULL && (swapped == NULL || strcmp(verdict->run->run, swapped->run) != 0))
    {
        Text *error = text_new(context);
        text_add_visible(error, verdict->run->error != NULL ? verdict->run->error : "");
        print_fact(out, "last run", mem_printf(context, "%s: %s %s%s%s", verdict->run->run,
                                               run_outcome_word(verdict->run->outcome),
                                               ago(context, verdict->run->finished_at, now_ms),
                                               error->length > 0 ? ": " : "", error->data));
    }
    talloc_free(context);
}

static void say_nothing_unfinished(FILE *out, const ServerStatus *server)
{
    if (server == NULL || (server->error == NULL && server->holders.count == 0 && server->leftovers->count == 0))
        fputs("nothing is running or left over\n", out);
    else if (server->has_journal)
        fprintf(out, "the journal %s has no unfinished run\n", server->journal);
    else
        fprintf(out, "there is no journal %s\n", server->journal);
}

static bool has_failed(const StatusVerdict *verdict)
{
    for (size_t i = 0; i < verdict->count; i++)
        if (verdict->results[i].outcome == RULE_FAILED)
            return true;
    return false;
}

static void print_verdict(FILE *out, const JournalRun *unfinished, const StatusVerdict *verdict)
{
    if (verdict->count == 0 || (unfinished == NULL && !has_failed(verdict)))
        return;
    fputc('\n', out);
    if (unfinished == NULL)
        fprintf(out, "the last run, %s (%s, %s), broke rules:\n", verdict->run->run,
                run_outcome_word(verdict->run->outcome), verdict->run->finished_at);
    report_validation(out, verdict->results, verdict->count);
}

bool status_is_at_work(const JournalRun *run, const ServerStatus *server)
{
    return run != NULL && server != NULL && server->holders.count > 0 && !server->holder_gone;
}

void report_status_text(FILE *out, const JournalRun *run, const StatusVerdict *verdict, const ServerStatus *server)
{
    char *next = status_next(NULL, run, server);
    Outlook *outlook = status_is_at_work(run, server) ? outlook_make(NULL, run, server, moment_now()) : NULL;
    if (run == NULL)
        say_nothing_unfinished(out, server);
    else
        print_run(out, run);
    if (server != NULL)
        print_at_work(out, run, server);
    if (outlook != NULL)
        print_fact(out, "progress", outlook_text(outlook, outlook));
    if (run == NULL && server != NULL)
        print_rest(out, verdict, server);
    print_fact(out, "next", next);
    if (run != NULL && run->view_count > 0)
        print_views(out, run);
    print_verdict(out, run, verdict);
    if (server != NULL)
    {
        status_print_workers(out, &server->workers, outlook);
        status_print_obstacles(out, &server->workers);
        status_print_blockers(out, &server->blockers, server->swap_waits);
        print_leftovers(out, server->leftovers);
    }
    talloc_free(outlook);
    talloc_free(next);
}
