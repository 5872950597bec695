#include "plan_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

static void print_hash(uint64_t hash, char *ret_hexadecimal)
{
    snprintf(ret_hexadecimal, 17, "%016" PRIx64, hash);
}

static void fingerprint_view(PlanView *view)
{
    uint64_t hash = hash_part(FNV_OFFSET, view->name.schema, strlen(view->name.schema));
    hash = hash_part(hash, view->name.name, strlen(view->name.name));
    hash = hash_part(hash, view->kind == VIEW_MATERIALIZED ? "m" : "v", 1);
    for (size_t i = 0; i < view->statement_count; i++)
    {
        const SqlStatement *source = view->statements[i].source;
        hash = hash_part(hash, source->file->text + source->offset, source->length);
    }
    print_hash(hash, view->fingerprint);
}

void plan_fingerprint(Plan *plan)
{
    uint64_t hash = FNV_OFFSET;
    for (size_t i = 0; i < plan->view_count; i++)
        hash = hash_part(hash, plan->views[i]->fingerprint, strlen(plan->views[i]->fingerprint));
    print_hash(hash, plan->fingerprint);
}

static int compare_views(const void *a, const void *b)
{
    const PlanView *const *left = a;
    const PlanView *const *right = b;
    return name_compare(&(*left)->name, &(*right)->name);
}

static struct PlanLookup *create_views(Plan *plan)
{
    const SqlSet *set = plan->sources;
    struct PlanLookup *lookup = mem_new(plan, struct PlanLookup);
    for (size_t i = 0; i < set->statement_count; i++)
        lookup->count += set->statements[i]->phase == SQL_CREATE;
    PlanView *views = mem_array(plan, PlanView, lookup->count);
    lookup->by_name = mem_array(lookup, PlanView *, lookup->count);
    size_t filled = 0;
    for (size_t i = 0; i < set->statement_count; i++)
    {
        const SqlStatement *statement = set->statements[i];
        if (statement->phase != SQL_CREATE)
            continue;
        PlanView *view = &views[filled];
        view->name = statement->view;
        view->kind = statement->kind;
        view->create = statement;
        lookup->by_name[filled++] = view;
    }
    qsort(lookup->by_name, lookup->count, sizeof *lookup->by_name, compare_views);
    return lookup;
}

/* The set's statements come by file and position; four passes, one per phase, keep that order inside a phase. */
static void give_statements(Plan *plan)
{
    static const SqlPhase phases[] = {SQL_CREATE, SQL_ATTRIBUTE, SQL_INDEX, SQL_INDEX_ATTRIBUTE};
    const SqlSet *set = plan->sources;
    for (size_t p = 0; p < sizeof phases / sizeof phases[0]; p++)
        for (size_t i = 0; i < set->statement_count; i++)
        {
            const SqlStatement *source = set->statements[i];
            if (source->phase != phases[p])
                continue;
            PlanView *view = plan_find_in_set(plan, source->view);
            if (view == NULL) /* sql_read_* refuses a statement about a view that no file creates */
                continue;
            PlanStatement statement = {.phase = source->phase, .source = source};
            MEM_PUSH(plan, view->statements, view->statement_count, statement);
        }
}

void plan_views_collect(Plan *plan)
{
    plan->lookup = create_views(plan);
    give_statements(plan);
    for (size_t i = 0; i < plan->lookup->count; i++)
        fingerprint_view(plan->lookup->by_name[i]);
}

size_t plan_index_count(const PlanView *view)
{
    size_t count = 0;
    for (size_t i = 0; i < view->statement_count; i++)
        count += view->statements[i].phase == SQL_INDEX;
    return count;
}
