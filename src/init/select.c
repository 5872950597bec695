/*
 * Which views make a set.
 *
 * What is wanted are materialized views.  A run refuses a materialized view outside of the set that reads it (nobody
 * would refresh that), so whatever reads a member is a member; and an ordinary view outside that stands between two
 * members (it would show the old generation to the new one), so such views are members, too.  Other ordinary views
 * follow a swap by themselves.  Hence also: what cannot be a member takes all materialized views with it that it reads,
 * directly or not.
 */
#include <stdarg.h>
#include <string.h>

#include "init_internal.h"
#include "matswap/memory.h"

Error *select_refuse(InitCatalog *catalog, InitRelation *relation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_checked(talloc_vasprintf(catalog, format, arguments));
    va_end(arguments);
    Error *error =
        errors_add(relation->refusal != NULL ? errors_new(catalog) : catalog->refusals, ERROR_REFUSED, "%s", message);
    error_object(error, relation->label);
    if (relation->refusal == NULL)
        relation->refusal = error;
    return error;
}

/* Marks all that can be reached from the marked ones: down to what they read, or up to what reads them. */
static void spread(const InitCatalog *catalog, bool *marks, bool down)
{
    InitRelation **stack = NULL;
    size_t count = 0;
    for (size_t i = 0; i < catalog->count; i++)
        if (marks[i])
            MEM_PUSH(marks, stack, count, &catalog->relations[i]);
    while (count > 0)
    {
        const InitRelation *relation = stack[--count];
        size_t next_count = down ? relation->read_count : relation->reader_count;
        for (size_t i = 0; i < next_count; i++)
        {
            InitRelation *next = down ? relation->reads[i] : relation->readers[i];
            if (marks[next - catalog->relations])
                continue;
            marks[next - catalog->relations] = true;
            MEM_PUSH(marks, stack, count, next);
        }
    }
}

/* Of the relation's own, what it reads or what reads it; itself too. */
static bool *reach(const void *context, const InitCatalog *catalog, const InitRelation *from, bool down)
{
    bool *marks = mem_array(context, bool, catalog->count);
    marks[from - catalog->relations] = true;
    spread(catalog, marks, down);
    return marks;
}

/* Of what the options want, and can be. */
static void begin(InitCatalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++)
    {
        InitRelation *relation = &catalog->relations[i];
        relation->member = relation->kind == VIEW_MATERIALIZED && relation->wanted && relation->refusal == NULL;
        relation->because = NULL;
    }
}

static const InitRelation *first_member(const InitCatalog *catalog, const bool *marks)
{
    for (size_t i = 0; i < catalog->count; i++)
        if (marks[i] && catalog->relations[i].member)
            return &catalog->relations[i];
    return NULL;
}

static void add_readers(const void *context, InitCatalog *catalog)
{
    bool *above = mem_array(context, bool, catalog->count);
    for (size_t i = 0; i < catalog->count; i++)
        above[i] = catalog->relations[i].member;
    spread(catalog, above, false);
    for (size_t i = 0; i < catalog->count; i++)
    {
        InitRelation *relation = &catalog->relations[i];
        if (!above[i] || relation->member || relation->kind != VIEW_MATERIALIZED || relation->refusal != NULL)
            continue;
        const InitRelation *read = first_member(catalog, reach(context, catalog, relation, true));
        relation->member = true;
        relation->because = mem_printf(catalog, "it reads %s", read->label);
    }
}

/* An ordinary view that reads a member and is read by one. */
static void find_between(const void *context, const InitCatalog *catalog, bool **ret_between)
{
    bool *above = mem_array(context, bool, catalog->count);
    bool *below = mem_array(context, bool, catalog->count);
    for (size_t i = 0; i < catalog->count; i++)
        above[i] = below[i] = catalog->relations[i].member;
    spread(catalog, above, false);
    spread(catalog, below, true);
    for (size_t i = 0; i < catalog->count; i++)
        above[i] = above[i] && below[i] && catalog->relations[i].kind == VIEW_ORDINARY;
    *ret_between = above;
}

/* Refuses the members that `reader`, which stays outside, reads.  Are there any? */
static bool leave_out_below(const void *context, InitCatalog *catalog, InitRelation *reader)
{
    bool any = false;
    const bool *below = reach(context, catalog, reader, true);
    for (size_t i = 0; i < catalog->count; i++)
    {
        InitRelation *relation = &catalog->relations[i];
        if (!below[i] || !relation->member || relation == reader)
            continue;
        error_remedy(select_refuse(catalog, relation, "%s is left out: %s, which cannot be in the set, reads it",
                                   relation->label, reader->label),
                     "see %s", reader->label);
        relation->member = false;
        reader->blamed = true;
        any = true;
    }
    return any;
}

/* One round: has it left anything out? */
static bool choose(const void *context, InitCatalog *catalog)
{
    bool any = false;
    bool *between;
    begin(catalog);
    add_readers(context, catalog);
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog->relations[i].kind == VIEW_MATERIALIZED && catalog->relations[i].refusal != NULL)
            any = leave_out_below(context, catalog, &catalog->relations[i]) || any;
    find_between(context, catalog, &between);
    for (size_t i = 0; i < catalog->count; i++)
    {
        InitRelation *relation = &catalog->relations[i];
        if (between[i] && relation->refusal != NULL)
            any = leave_out_below(context, catalog, relation) || any;
        else if (between[i])
        {
            relation->member = true;
            relation->because = "it stands between materialized views of the set";
        }
    }
    return any;
}

void select_members(InitCatalog *catalog)
{
    void *scratch = mem_context(catalog);
    while (choose(scratch, catalog))
        continue;
    talloc_free(scratch);
}
