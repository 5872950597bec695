/* What came of the run, in a sentence, before everything else. */
#include <string.h>

#include "matswap/memory.h"
#include "page_internal.h"

typedef struct Count
{
    size_t in, leaving, kept, failed, old;
    int64_t rows, bytes;
} Count;

static Count count_views(const JournalRun *run)
{
    Count count = {0};
    for (size_t i = 0; i < run->view_count; i++)
    {
        const JournalView *view = &run->views[i];
        count.old += view->old_oid != 0 ? 1 : 0;
        count.leaving += journal_view_leaves(view) ? 1 : 0;
        count.kept += journal_view_is_kept(view) ? 1 : 0;
        count.failed += view->status == VIEW_FAILED ? 1 : 0;
        if (journal_view_leaves(view) || journal_view_is_kept(view))
            continue;
        count.in++;
        count.rows += page_is_built(view) && view->rows > 0 ? view->rows : 0;
        count.bytes += page_is_built(view) && view->bytes > 0 ? view->bytes : 0;
    }
    return count;
}

static size_t count_broken(const Page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->input->result_count; i++)
        count += rule_rejects(&page->input->results[i]) ? 1 : 0;
    return count;
}

static size_t count_accepted(const Page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->input->result_count; i++)
        count += page->input->results[i].outcome == RULE_FAILED && page->input->results[i].accepted != NULL ? 1 : 0;
    return count;
}

static size_t count_judged(const Page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->input->result_count; i++)
    {
        RuleOutcome outcome = page->input->results[i].outcome;
        count += outcome == RULE_PASSED || outcome == RULE_FAILED ? 1 : 0;
    }
    return count;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- the colour and the word -------------------------------------------------------------------------------- */

typedef struct Look
{
    const char *class, *title;
} Look;

static Look look_of_end(const JournalRun *run, size_t kept)
{
    switch (run->outcome)
    {
    case OUTCOME_SWAPPED:
        return kept > 0 ? (Look){"part", "Swapped, in part"}
                        : (Look){"good", run->is_rollback ? "Rolled back to the generation before" : "Swapped"};
    case OUTCOME_REJECTED:
        return (Look){"bad", "Rejected"};
    case OUTCOME_CANCELLED:
        return (Look){"part", "Cancelled"};
    case OUTCOME_DRY_RUN:
        return (Look){"good", "Dry run"};
    case OUTCOME_ROLLED_BACK:
        return (Look){"part", "Undone before the swap"};
    case OUTCOME_CRASHED:
        return (Look){"bad", "Died, and was undone"};
    case OUTCOME_FAILED:
    case OUTCOME_NONE:
    case RUN_OUTCOME_COUNT:
    default:
        return (Look){"bad", "Failed"};
    }
}

static Look look_of(const JournalRun *run, size_t kept)
{
    static const Look open[RUN_STATE_COUNT] = {
        [RUN_STARTED] = {"open", "Not over: begun"},
        [RUN_BUILDING] = {"open", "Not over: building"},
        [RUN_BUILT] = {"open", "Not over: built"},
        [RUN_VALIDATED] = {"open", "Not over: validated"},
        [RUN_SWAPPING] = {"open", "Not over: swapping"},
        [RUN_SWAPPED] = {"good", "Swapped"},
        [RUN_REVERTING] = {"open", "Not over: being undone"},
    };
    if (run->state == RUN_SWAPPED && kept > 0)
        return (Look){"part", "Swapped, in part"};
    return run_state_is_end(run->state) ? look_of_end(run, kept) : open[run->state];
}

/* ---- the sentence ------------------------------------------------------------------------------------------- */

/* When the swap was over: the tasks say it to the millisecond. */
static void add_swap_time(Text *html, const Page *page)
{
    for (size_t i = page->input->task_count; i-- > 0;)
        if (page->input->tasks[i].phase == PHASE_SWAP)
        {
            text_add(html, " at ");
            markup_time(html, page->input->tasks[i].started_at);
            return;
        }
    if (page->run->finished_at == NULL)
        return;
    text_add(html, " by ");
    markup_time(html, page->run->finished_at);
}

static void say_published(Text *html, const Page *page, const Count *count)
{
    const JournalRun *run = page->run;
    const char *old = count->old == 0 ? "There was none before."
                      : run->state == RUN_SWAPPED
                          ? "The old generation is not dropped yet: this run or the next command does it."
                      : run->keep_old ? "The old generation was kept: <code>matswap rollback</code> brings it back."
                                      : "The old generation is dropped.";
    char *views = report_count(NULL, (int64_t) count->in);
    text_addf(html, "%s%s view%s", count->kept == 0 && !run->partial && count->in > 1 ? "All " : "", views,
              plural(count->in));
    talloc_free(views);
    text_add(html, run->is_rollback ? " went back to the generation that had been kept, in one transaction"
                                    : " changed generation in one transaction");
    add_swap_time(html, page);
    if (run->lock_ms >= 0)
    {
        char *lock = report_duration(NULL, run->lock_ms);
        text_addf(html, "; readers waited for %s at most while it held its locks", lock);
        talloc_free(lock);
    }
    text_add(html, ". ");
    if (count->kept > 0)
        text_addf(html, "%zu view%s failed, or hang%s together with one that did, and keep%s the old generation. ",
                  count->kept, plural(count->kept), count->kept == 1 ? "s" : "", count->kept == 1 ? "s" : "");
    if (count->leaving > 0)
        text_addf(html, "%zu view%s left the set. ", count->leaving, plural(count->leaving));
    text_add(html, old);
}

static void say_end(Text *html, const Page *page, const Count *count)
{
    size_t broken = count_broken(page);
    switch (page->run->outcome)
    {
    case OUTCOME_REJECTED:
        text_addf(html, "The new generation broke %zu rule%s, so it was never published. ", broken, plural(broken));
        break;
    case OUTCOME_DRY_RUN:
        text_addf(html, "%zu view%s built for real and removed again; nothing was published, as asked for. ", count->in,
                  count->in == 1 ? " was" : "s were");
        text_add(html, broken == 0 ? "No rule stood against publishing it. " : "It would have been rejected. ");
        break;
    case OUTCOME_CANCELLED:
        text_add(html, "A signal stopped the run; what it had begun was removed. ");
        break;
    case OUTCOME_ROLLED_BACK:
        text_add(html, "<code>matswap rollback</code> removed what the run had built. ");
        break;
    case OUTCOME_CRASHED:
        text_add(html, "The process died; a later command found the run and removed what it had built. ");
        break;
    case OUTCOME_NONE:
    case OUTCOME_SWAPPED:
    case OUTCOME_FAILED:
    case RUN_OUTCOME_COUNT:
    default:
        text_add(html, "The run failed, and what it had begun was removed. ");
        break;
    }
    text_add(html, count->old > 0 ? "The old generation served all along." : "No generation has been published yet.");
}

static void say_open(Text *html, const JournalRun *run)
{
    if (run->state == RUN_SWAPPING)
        text_add(html, "The swap was asked for; whether it took place, only the server knows: "
                       "<code>matswap resume</code> finds it out.");
    else
        text_add(html, "It is at work, waits to be gone on with, or has died: <code>matswap status</code> tells which, "
                       "<code>matswap resume</code> goes on with it, <code>matswap rollback</code> undoes it. "
                       "Nothing has been published.");
}

/* ---- the exit code ------------------------------------------------------------------------------------------ */

static void add_exit(Text *html, const JournalRun *run, size_t kept)
{
    static const char *const words[RUN_OUTCOME_COUNT] = {
        [OUTCOME_FAILED] = "1: failed; the old generation serves",
        [OUTCOME_REJECTED] = "5: validation rejected the new generation",
        [OUTCOME_CANCELLED] = "1: stopped by SIGINT or SIGTERM",
        [OUTCOME_DRY_RUN] = "0: done",
        [OUTCOME_ROLLED_BACK] = "none of its own: undone by another command",
        [OUTCOME_CRASHED] = "none: it died",
    };
    const char *meaning = words[run->outcome];
    if (page_is_published(run))
        meaning = kept > 0 ? "4: swapped, but some views kept their old generation" : "0: done";
    if (meaning != NULL)
        text_addf(html, "<div><dt>Exit code</dt><dd>%s</dd></div>\n", meaning);
}

static void add_tile(Text *html, const char *label, const char *value)
{
    text_addf(html, "<div><dt>%s</dt><dd>", label);
    markup_text(html, value);
    text_add(html, "</dd></div>\n");
}

static void add_tiles(Text *html, const Page *page, const Count *count)
{
    const JournalRun *run = page->run;
    void *scratch = mem_context(NULL);
    double duration_ms = page_run_duration(run);
    size_t broken = count_broken(page);
    size_t judged = count_judged(page);
    size_t accepted = count_accepted(page);
    text_add(html, "<dl class=\"tiles\">\n");
    if (duration_ms >= 0)
        add_tile(html, "Took", report_duration(scratch, duration_ms));
    add_tile(html, "Views", report_count(scratch, (int64_t) run->view_count));
    add_tile(html, "Rows", report_count(scratch, count->rows));
    add_tile(html, "Size", report_bytes(scratch, count->bytes));
    if (run->lock_ms >= 0)
        add_tile(html, "Locks held", report_duration(scratch, run->lock_ms));
    if (judged > 0)
        add_tile(html, "Rules broken",
                 accepted > 0 ? mem_printf(scratch, "%zu of %zu, %zu accepted", broken, judged, accepted)
                              : mem_printf(scratch, "%zu of %zu", broken, judged));
    if (run->snapshot_at != NULL)
    {
        text_add(html, "<div><dt>Data as of</dt><dd>");
        markup_time(html, run->snapshot_at);
        text_add(html, "</dd></div>\n");
    }
    add_exit(html, run, count->kept);
    text_add(html, "</dl>\n");
    talloc_free(scratch);
}

/* ---- what went wrong ---------------------------------------------------------------------------------------- */

static const char *remedy_of(const JournalRun *run)
{
    switch (run->outcome)
    {
    case OUTCOME_REJECTED:
        return "If the new data are right and the rule is not, publish them with <code>matswap run --accept RULE@VIEW "
               "--reason TEXT</code>, or change the rule.";
    case OUTCOME_SWAPPED:
        return "Correct what failed, then <code>matswap run</code>.";
    case OUTCOME_FAILED:
        return "Correct what the error names, then <code>matswap run</code>; <code>matswap check</code> finds "
               "much of it beforehand.";
    case OUTCOME_CANCELLED:
    case OUTCOME_ROLLED_BACK:
    case OUTCOME_CRASHED:
        return "<code>matswap run</code> begins anew.";
    case OUTCOME_NONE:
    case OUTCOME_DRY_RUN:
    case RUN_OUTCOME_COUNT:
    default:
        return NULL;
    }
}

/* The run's first error is that of a view, and may go on with what to do about it. */
static bool is_said(const JournalRun *run, const char *error)
{
    return run->error != NULL && strncmp(run->error, error, strlen(error)) == 0;
}

static void add_view_errors(Text *html, const Page *page)
{
    for (size_t i = 0; i < page->view_count; i++)
    {
        const JournalView *view = page->views[i].view;
        if (view->status != VIEW_FAILED || view->error == NULL || is_said(page->run, view->error))
            continue;
        text_add(html, "<li>");
        page_add_view_link(html, page, view->name);
        text_add(html, ": ");
        markup_foreign(html, view->error);
        text_add(html, "</li>\n");
    }
}

static void add_broken_rules(Text *html, const Page *page)
{
    for (size_t i = 0; i < page->input->result_count; i++)
    {
        const RuleResult *result = &page->input->results[i];
        if (!rule_rejects(result))
            continue;
        char *rule = report_rule(NULL, result);
        text_add(html, "<li>");
        page_add_view_link(html, page, result->view);
        text_add(html, ", ");
        markup_foreign(html, rule);
        text_add(html, " (<a href=\"#validation\">validation</a>)</li>\n");
        talloc_free(rule);
    }
}

static void add_troubles(Text *html, const Page *page, const Count *count)
{
    const JournalRun *run = page->run;
    if (run->error == NULL && count->failed == 0 && count_broken(page) == 0)
        return;
    text_add(html, "<div class=\"trouble\">\n<h2>What went wrong</h2>\n");
    if (run->error != NULL)
    {
        text_add(html, "<p class=\"error\">");
        markup_foreign(html, run->error);
        text_add(html, "</p>\n");
    }
    text_add(html, "<ul>\n");
    size_t before = html->length;
    add_view_errors(html, page);
    if (count_broken(page) > 1) /* the first is what the error says */
        add_broken_rules(html, page);
    if (html->length == before) /* an empty list is none */
    {
        html->length = before - strlen("<ul>\n");
        html->data[html->length] = '\0';
    }
    else
        text_add(html, "</ul>\n");
    if (remedy_of(run) != NULL)
        text_addf(html, "<p>%s</p>\n", remedy_of(run));
    text_add(html, "</div>\n");
}

void page_add_verdict(Text *html, const Page *page)
{
    const JournalRun *run = page->run;
    Count count = count_views(run);
    Look look = look_of(run, count.kept);
    text_addf(html, "<header class=\"verdict %s\">\n<p class=\"of\">matswap · set <strong>", look.class);
    markup_foreign(html, run->set);
    text_add(html, "</strong> · run ");
    markup_code(html, run->run);
    text_addf(html, "</p>\n<h1>%s</h1>\n<p class=\"lead\">", look.title);
    if (page_is_published(run))
        say_published(html, page, &count);
    else if (run_state_is_end(run->state))
        say_end(html, page, &count);
    else
        say_open(html, run);
    text_add(html, "</p>\n");
    add_tiles(html, page, &count);
    text_add(html, "</header>\n");
    add_troubles(html, page, &count);
}
