/*
 * fingerprint.c: what tells a generation from another one.
 *
 * `resume` goes on with a view that was built when its fingerprint is the same: so a view's holds everything of the
 * files and the configuration that its relation, or what was measured of it, depends on.  The plan's adds the rules
 * that its validation judges by: a verdict under other rules is none.
 */
#include "plan_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "matswap/memory.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ ; a NUL ends each part, so that parts can't flow together */
static uint64_t hash_part(uint64_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char) bytes[i]) * FNV_PRIME;
    return hash * FNV_PRIME;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_part(hash, text, strlen(text));
}

static uint64_t hash_number(uint64_t hash, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    return hash_text(hash, text);
}

static void print_hash(uint64_t hash, char *ret_hexadecimal)
{
    snprintf(ret_hexadecimal, 17, "%016" PRIx64, hash);
}

/* Its name, its kind, and its statements as they are written. */
static uint64_t hash_source(const PlanView *view)
{
    uint64_t hash = hash_text(FNV_OFFSET, view->name.schema);
    hash = hash_text(hash, view->name.name);
    hash = hash_part(hash, view->kind == VIEW_MATERIALIZED ? "m" : view->kind == VIEW_ORDINARY ? "v" : "i", 1);
    for (size_t i = 0; i < view->statement_count; i++)
    {
        const SqlStatement *source = view->statements[i].source;
        hash = hash_part(hash, source->file->text + source->offset, source->length);
    }
    return hash;
}

/*
 * What the same text means here: the statements as they are executed, the search path, and which of the names in it
 * are views of the set, new or live.
 */
static uint64_t hash_meaning(uint64_t hash, const Plan *plan, const PlanView *view)
{
    hash = hash_text(hash, view->schema->incoming);
    hash = hash_text(hash, plan->build_search_path);
    for (size_t i = 0; i < view->statement_count; i++)
        hash = hash_text(hash, view->statements[i].sql);
    for (size_t i = 0; i < view->read_count; i++)
    {
        const PlanView *read = view->reads[i].view;
        hash = hash_text(hash, read->name.schema);
        hash = hash_text(hash, read->name.name);
        hash = hash_part(hash, read->rebuilt ? "n" : "l", 1);
    }
    return hash;
}

static uint64_t hash_session(uint64_t hash, const Config *config)
{
    for (size_t i = 0; i < config->session_count; i++)
    {
        hash = hash_text(hash, config->session[i].name);
        hash = hash_text(hash, config->session[i].value);
    }
    return hash;
}

/* What is built one by one is of several snapshots of a foreign server. */
static uint64_t hash_foreign_snapshot(uint64_t hash, const Config *config)
{
    return config->foreign_snapshot == FOREIGN_SNAPSHOT_TOGETHER ? hash_text(hash, "together") : hash;
}

/* What it takes over from: privileges, comments, indexes. */
static uint64_t hash_former_name(uint64_t hash, const ViewRules *rules)
{
    if (rules->renamed_from.name == NULL)
        return hash;
    return hash_text(hash_text(hash, rules->renamed_from.schema), rules->renamed_from.name);
}

/* What its rows are read from, and how; that was read at a moment of its own, so what it holds by now is none of it. */
static uint64_t hash_import(uint64_t hash, const Import *import)
{
    if (import == NULL)
        return hash;
    hash = hash_text(hash, import->file != NULL ? import->file : "");
    hash = hash_text(hash, import->command.written != NULL ? import->command.written : "");
    hash = hash_text(hash, import_format_word(import->format));
    return hash_text(hash, import->encoding);
}

static uint64_t hash_key(uint64_t hash, const ViewRules *rules, ViewKey key)
{
    return rules->given[key] == NULL ? hash : hash_text(hash_text(hash, view_key_word(key)), rules->given[key]);
}

/* What is measured while the view is built. */
static uint64_t hash_measured(uint64_t hash, const ViewRules *rules)
{
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        if (view_key_is_measured(key))
            hash = hash_key(hash, rules, key);
    return hash;
}

static uint64_t hash_limits(uint64_t hash, const ViewRules *rules)
{
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
    {
        hash = hash_key(hash, rules, key);
        if (view_key_is_rule(key) && rules->given[key] != NULL)
            hash = hash_number(hash, view_rules_severity(rules, key));
    }
    for (size_t i = 0; i < rules->check.count; i++)
        hash = hash_text(hash, rules->check.files[i].text);
    return hash;
}

void plan_fingerprint(Plan *plan)
{
    void *scratch = mem_context(NULL);
    uint64_t whole = FNV_OFFSET;
    for (size_t i = 0; i < plan->view_count; i++)
    {
        PlanView *view = plan->views[i];
        ViewRules rules = config_rules_for(scratch, plan->config, view->name);
        uint64_t hash = hash_former_name(hash_meaning(hash_source(view), plan, view), &rules);
        hash = hash_foreign_snapshot(hash_session(hash, plan->config), plan->config);
        hash = hash_import(hash, config_find_import(plan->config, view->name));
        print_hash(hash_measured(hash, &rules), view->fingerprint);
        whole = hash_limits(hash_text(whole, view->fingerprint), &rules);
    }
    print_hash(whole, plan->fingerprint);
    talloc_free(scratch);
}
