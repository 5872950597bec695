/* What identifies the run, and what it was told. */
#include <inttypes.h>

#include "matswap/memory.h"
#include "page_internal.h"
#include "value.h"

static void begin_fact(Text *html, const char *label)
{
    text_addf(html, "<div><dt>%s</dt><dd>", label);
}

static void end_fact(Text *html)
{
    text_add(html, "</dd></div>\n");
}

static void add_fact(Text *html, const char *label, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    begin_fact(html, label);
    markup_foreign(html, value);
    end_fact(html);
}

static void add_code(Text *html, const char *label, const char *value)
{
    if (value == NULL)
        return;
    begin_fact(html, label);
    markup_code(html, value);
    end_fact(html);
}

static void add_moment(Text *html, const char *label, const char *time)
{
    if (time == NULL)
        return;
    begin_fact(html, label);
    markup_time(html, time);
    end_fact(html);
}

static void add_schemas(Text *html, const JournalRun *run)
{
    begin_fact(html, "Schemas");
    for (size_t i = 0; i < run->schema_count; i++)
    {
        text_add(html, i > 0 ? ", " : "");
        markup_code(html, run->schemas[i].live);
        text_add(html, " (");
        markup_code(html, run->schemas[i].incoming);
        text_add(html, ", ");
        markup_code(html, run->schemas[i].outgoing);
        text_add(html, ")");
    }
    end_fact(html);
}

static const char *old_generation(const JournalRun *run)
{
    if (!page_is_published(run))
        return NULL;
    return run->state == RUN_SWAPPED ? "not dropped yet" : run->keep_old ? "kept by this run" : "dropped";
}

static void add_process(Text *html, const JournalRun *run)
{
    begin_fact(html, "Process");
    text_addf(html, "%" PRId64 " on ", run->pid);
    markup_foreign(html, run->host);
    text_add(html, ", matswap ");
    markup_foreign(html, run->version);
    end_fact(html);
}

void page_add_facts(Text *html, const Page *page)
{
    const JournalRun *run = page->run;
    const Value *settings = value_parse(page, run->settings);
    page_begin_section(html, "facts", "Facts");
    text_add(html, "<dl class=\"facts\">\n");
    add_code(html, "Run", run->run);
    add_fact(html, "Set", run->set);
    add_fact(html, "State", run_state_word(run->state));
    add_fact(html, "Outcome", run->outcome == OUTCOME_NONE ? "none yet" : run_outcome_word(run->outcome));
    add_moment(html, "Began", run->started_at);
    add_moment(html, "Ended", run->finished_at);
    add_moment(html, "Snapshot taken", run->snapshot_at);
    add_code(html, "Snapshot", run->snapshot);
    add_code(html, "WAL position", run->wal_lsn);
    add_code(html, "Swap’s transaction", run->swap_xid);
    add_fact(html, "Database", run->database);
    add_fact(html, "PostgreSQL", value_text(value_member(settings, "server")));
    add_fact(html, "Role", value_text(value_member(settings, "role")));
    add_code(html, "System identifier", run->system_identifier);
    if (run->schema_count > 0)
        add_schemas(html, run);
    add_fact(html, "Old generation", old_generation(run));
    add_process(html, run);
    add_fact(html, "Configuration", run->config);
    text_add(html, "</dl>\n<p class=\"hint\">All times are UTC unless they say otherwise.</p>\n");
    page_end_section(html);
}

/* ---- settings ----------------------------------------------------------------------------------------------- */

static void add_options(Text *html, const Value *options)
{
    static const char *const names[] = {"jobs", "keep_old", "dry_run", "drop_removed", "partial"};
    text_add(html, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        add_fact(html, names[i], value_text(value_member(options, names[i])));
    const Value *accept = value_member(options, "accept");
    for (size_t i = 0; i < value_count(accept); i++)
    {
        const Value *one = value_element(accept, i);
        begin_fact(html, "accept");
        markup_code(html, value_text(value_member(one, "rule")));
        text_add(html, ": ");
        markup_foreign(html, value_text(value_member(one, "reason")));
        end_fact(html);
    }
    text_add(html, "</dl>\n");
}

static void add_stated(Text *html, const Value *section)
{
    const Value *keys = value_member(section, "keys");
    for (size_t i = 0; i < value_count(keys); i++)
    {
        const Value *key = value_element(keys, i);
        const char *value = value_text(value_member(key, "value"));
        text_add(html, "<tr><th scope=\"row\">[");
        markup_foreign(html, value_text(value_member(section, "section")));
        text_add(html, "]</th>");
        page_add_cell(html, value_text(value_member(key, "key")));
        text_add(html, "<td>");
        if (value == NULL)
            text_add(html, "<em>set, not shown</em>");
        else
            markup_code(html, value);
        text_add(html, "</td>");
        page_add_number(html, value_text(value_member(key, "line")));
        text_add(html, "</tr>\n");
    }
}

void page_add_settings(Text *html, const Page *page)
{
    static const PageColumn columns[] = {{"section", false}, {"key", false}, {"value", false}, {"line", true}};
    const Value *settings = value_parse(page, page->run->settings);
    page_begin_section(html, "settings", "Settings");
    if (settings == NULL)
        page_add_none(html, "What the run was told is not recorded: its journal is older, or it is a rollback.");
    else
    {
        const Value *config = value_member(settings, "config");
        add_options(html, value_member(settings, "options"));
        page_begin_table(html, "The configuration as it stood in the file", columns,
                         sizeof columns / sizeof columns[0]);
        for (size_t i = 0; i < value_count(config); i++)
            add_stated(html, value_element(config, i));
        page_end_table(html);
        text_add(html, "<p class=\"hint\">A command may hold what must not be shown, so its text is not kept.</p>\n");
    }
    page_end_section(html);
}
