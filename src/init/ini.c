/*
 * The configuration: complete as it is, and with a proposal for each view that a rule could judge.
 *
 * A '#' with a blank behind it begins a remark, one without a proposal: what is behind it is valid when the '#' is
 * gone.
 */
#include <ctype.h>
#include <string.h>

#include "init_internal.h"
#include "matswap/memory.h"
#include "matswap/report.h"

enum
{
    LINE_BYTES = 180, /* libinih reads 198, with the mark */
    KEY_COLUMN = 12
};

bool ini_can_say(const char *name)
{
    if (strstr(name, " ;") != NULL || strstr(name, "  ") != NULL)
        return false;
    for (const char *c = name; *c != '\0'; c++)
        if (iscntrl((unsigned char) *c))
            return false;
    return true;
}

/* How much of `text` goes on a line: up to a blank outside of quotes, all of it when there is none early enough. */
static size_t line_length(const char *text, size_t room)
{
    size_t best = 0;
    char quote = '\0';
    size_t i = 0;
    for (; (i < room || best == 0) && text[i] != '\0'; i++)
    {
        if (quote == '\0' && text[i] == ' ')
            best = i;
        if (quote == '\0' ? text[i] == '"' || text[i] == '\'' : text[i] == quote)
            quote = quote == '\0' ? text[i] : '\0';
    }
    return text[i] == '\0' || best == 0 ? strlen(text) : best;
}

void ini_add_value(Text *text, const char *mark, const char *key, const char *value)
{
    size_t length = line_length(value, LINE_BYTES - KEY_COLUMN);
    text_addf(text, "%s%-*s = %.*s\n", mark, KEY_COLUMN, key, (int) length, value);
    while (value[length] != '\0')
    {
        value += length + 1;
        length = line_length(value, LINE_BYTES - KEY_COLUMN);
        text_addf(text, "%s    %.*s\n", mark, (int) length, value);
    }
}

static void add_head(Text *text, const InitCatalog *catalog)
{
    text_add(text, "# Written by `matswap init` from database ");
    text_add_visible(text, catalog->database);
    text_add(text, ", as role ");
    text_add_visible(text, catalog->role);
    text_add(
        text,
        ".\n"
        "# A # with a blank behind it is a remark; one without is a proposal: read it, correct it, take the # away.\n"
        "# `man matswap.ini` and `matswap help KEY` describe every key, docs/validation.md and docs/time.md the "
        "rules.\n");
}

static void add_matswap(Text *text, const InitIni *ini)
{
    text_add(text, "\n[matswap]\n");
    ini_add_value(text, "", "set", ini->set);
    if (ini->from != NULL)
        ini_add_value(text, "", "conninfo", ini->from);
    else
        text_add(text, "# No conninfo = service=NAME, or the like: the environment says where the server is (PGHOST, "
                       "PGSERVICE, …).\n");
    ini_add_value(text, "", "queries", "queries");
    ini_add_value(text, "", "schema", name_quote(text, ini->schema));
    text_add(text, "# connections that build at the same time\n");
    ini_add_value(text, "", "jobs", "2");
    text_add(
        text,
        "# yes: after a swap `matswap rollback` brings the old generation back at once, for its room on disk\n"
        "#keep_old     = yes\n"
        "# isolate: a view that fails keeps its old generation, with what is connected with it; the rest is swapped\n"
        "#on_failure   = isolate\n"
        "# else in ~/.local/state/matswap\n");
    ini_add_value(text, "#", "journal", "journal.db");
    text_add(text, "\n"
                   "# Settings of the sessions that build.\n"
                   "#[session]\n"
                   "#work_mem     = 64MB\n"
                   "#maintenance_work_mem = 256MB\n"
                   "\n"
                   "# Of every view: none is published that came out empty, or has lost a tenth of its rows.\n"
                   "#[view *]\n"
                   "#min_rows     = 1\n"
                   "#max_shrink   = 10%\n");
}

static void add_relation_head(Text *text, const InitRelation *relation, const char *folder)
{
    text_add(text, "\n# ");
    text_add_visible(text, relation->label);
    text_addf(text, ", %s/%s", folder, relation->file);
    if (relation->rows >= 0)
        text_addf(text, ": %s rows, %s", report_count(text, relation->rows), report_bytes(text, relation->bytes));
    for (size_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].unseen)
        {
            text_add(text, "\n");
            return;
        }
    text_add(text, "; never analyzed: what follows is a guess from names and types\n");
}

static void add_member(Text *text, const InitRelation *relation)
{
    Text *rules = text_new(NULL);
    if (ini_can_say(relation->label) && relation->kind == VIEW_MATERIALIZED)
        propose_rules(rules, relation);
    if (rules->length > 0)
    {
        add_relation_head(text, relation, "queries");
        text_addf(text, "#[view %s]\n%s", relation->label, rules->data);
    }
    talloc_free(rules);
}

static void add_table(Text *text, const InitRelation *table)
{
    if (!ini_can_say(table->label))
        return;
    add_relation_head(text, table, "tables");
    text_addf(text, "#[view %s]\n", table->label);
    ini_add_value(text, "#", "adopt", "yes");
    text_add(text, "# as many rows as the table has: for the first run\n");
    ini_add_value(text, "#", "max_shrink", "0%");
    ini_add_value(text, "#", "max_growth", "0%");
    propose_rules(text, table);
}

char *ini_text(const void *context, const InitCatalog *catalog, const InitIni *ini)
{
    Text *text = text_new(context);
    add_head(text, catalog);
    add_matswap(text, ini);
    for (size_t i = 0; i < ini->member_count; i++)
        add_member(text, ini->members[i]);
    if (ini->table_count > 0)
        text_add(
            text,
            "\n# Tables that may become views, once their files are complete and moved into the folder queries.\n");
    for (size_t i = 0; i < ini->table_count; i++)
        add_table(text, ini->tables[i]);
    return text->data;
}
