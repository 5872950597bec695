#include "plan_internal.h"

#include <string.h>

#include "matswap/memory.h"

void plan_add_name(Text *text, Name name)
{
    char *quoted = name_qualified(text, name);
    text_add_visible(text, quoted);
    talloc_free(quoted);
}

typedef enum Column
{
    COLUMN_LEVEL,
    COLUMN_VIEW,
    COLUMN_KIND,
    COLUMN_INDEXES,
    COLUMN_PLACE,
    COLUMN_READS, /* last: the widest, never padded */
    COLUMN_COUNT
} Column;

typedef struct Row
{
    const char *cells[COLUMN_COUNT];
} Row;

static const char *visible(const void *context, const char *string)
{
    Text *text = text_new(context);
    text_add_visible(text, string);
    return text->data;
}

static const char *list_reads(const void *context, const PlanView *view)
{
    if (view->read_count == 0)
        return "-";
    Text *text = text_new(context);
    for (size_t i = 0; i < view->read_count; i++)
    {
        text_add(text, i > 0 ? ", " : "");
        plan_add_name(text, view->reads[i].view->name);
        text_add(text, view->reads[i].view->rebuilt ? "" : " (kept)");
    }
    return text->data;
}

static Row make_row(const void *context, const PlanView *view)
{
    Row row;
    row.cells[COLUMN_LEVEL] = mem_printf(context, "%5d", view->level);
    row.cells[COLUMN_VIEW] = visible(context, name_qualified(context, view->name));
    row.cells[COLUMN_KIND] = view->kind == VIEW_MATERIALIZED ? "mat" : view_kind_word(view->kind);
    row.cells[COLUMN_INDEXES] = mem_printf(context, "%7zu", plan_index_count(view));
    row.cells[COLUMN_PLACE] =
        mem_printf(context, "%s:%d", visible(context, view->create->file->path), view->create->line);
    row.cells[COLUMN_READS] = list_reads(context, view);
    return row;
}

static void add_row(Text *text, const Row *row, const size_t *widths)
{
    for (int column = 0; column < COLUMN_COUNT; column++)
    {
        text_add(text, row->cells[column]);
        size_t width = text_width(row->cells[column]);
        if (column < COLUMN_COUNT - 1)
            text_addf(text, "%*s", (int) (widths[column] - width) + 2, "");
    }
    text_add(text, "\n");
}

static void add_table(Text *text, const Plan *plan)
{
    void *scratch = mem_context(NULL);
    Row *rows = mem_array(scratch, Row, plan->view_count + 1);
    rows[0] = (Row){{"level", "view", "kind", "indexes", "file", "reads"}};
    for (size_t i = 0; i < plan->view_count; i++)
        rows[i + 1] = make_row(scratch, plan->views[i]);
    size_t widths[COLUMN_COUNT] = {0};
    for (size_t i = 0; i <= plan->view_count; i++)
        for (int column = 0; column < COLUMN_COUNT; column++)
        {
            size_t width = text_width(rows[i].cells[column]);
            widths[column] = width > widths[column] ? width : widths[column];
        }
    for (size_t i = 0; i <= plan->view_count; i++)
        add_row(text, &rows[i], widths);
    talloc_free(scratch);
}

static void add_header(Text *text, const Plan *plan)
{
    size_t levels = plan->view_count == 0 ? 0 : (size_t) plan->views[plan->view_count - 1]->level + 1;
    text_add(text, "set ");
    text_add_visible(text, plan->config->set);
    text_addf(text, ": %zu view%s in %zu level%s, fingerprint %s\n", plan->view_count,
              plan->view_count == 1 ? "" : "s", levels, levels == 1 ? "" : "s", plan->fingerprint);
    for (size_t i = 0; i < plan->schema_count; i++)
    {
        const PlanSchema *schema = &plan->schemas[i];
        text_add(text, "schema ");
        plan_add_name(text, (Name){NULL, schema->live});
        text_add(text, ": built in ");
        plan_add_name(text, (Name){NULL, schema->incoming});
        text_add(text, ", old generation to ");
        plan_add_name(text, (Name){NULL, schema->outgoing});
        text_add(text, "\n");
    }
    text_add(text, "\n");
}

static void add_kept(Text *text, const Plan *plan)
{
    if (plan->kept_count == 0)
        return;
    text_add(text, "\nkept as they are:\n");
    for (size_t i = 0; i < plan->kept_count; i++)
    {
        text_add(text, "  ");
        plan_add_name(text, plan->kept[i]->name);
        text_add(text, "\n");
    }
}

static void add_externals(Text *text, const Plan *plan)
{
    PlanExternal *externals;
    size_t count;
    void *scratch = mem_context(NULL);
    plan_externals(scratch, plan, &externals, &count);
    if (count > 0)
        text_add(text, "\nfrom outside the set, with the first place:\n");
    for (size_t i = 0; i < count; i++)
    {
        const Reference *reference = externals[i].reference;
        if (reference->kind == REFERENCE_TYPE && externals[i].name.schema == NULL)
            continue; /* nearly always a built-in type, which is no news */
        text_add(text, reference->kind == REFERENCE_TYPE ? "  type " : "  ");
        plan_add_name(text, externals[i].name);
        text_add(text, "  ");
        text_add_visible(text, externals[i].statement->file->path);
        text_addf(text, ":%d:%d\n", reference->line, reference->column);
    }
    talloc_free(scratch);
}

static void add_opaque(Text *text, const Plan *plan)
{
    PlanOpaque *opaque;
    size_t count;
    void *scratch = mem_context(NULL);
    plan_opaque(scratch, plan, &opaque, &count);
    if (count > 0)
        text_add(text, "\ntext that the parser cannot see into:\n");
    for (size_t i = 0; i < count; i++)
    {
        text_add(text, "  ");
        plan_add_name(text, opaque[i].view->name);
        text_add(text, "  ");
        text_add_visible(text, opaque[i].statement->file->path);
        text_addf(text, ":%d:%d  %s\n", opaque[i].opaque->line, opaque[i].opaque->column, opaque[i].opaque->what);
    }
    talloc_free(scratch);
}

/* Who keeps the old generation with whom; the live views' own reads, which count too, only the server knows. */
static void add_groups(Text *text, const Plan *plan)
{
    if (plan->config->on_failure != ON_FAILURE_ISOLATE)
        return;
    size_t *group = mem_array(NULL, size_t, plan->view_count);
    plan_groups(plan, NULL, 0, plan->view_count, group);
    text_add(text, "\ngroups, each of which keeps its old generation when one of its views fails:\n");
    for (size_t i = 0; i < plan->view_count; i++)
    {
        if (group[i] != i)
            continue;
        for (size_t k = i; k < plan->view_count; k++)
            if (group[k] == i)
            {
                text_add(text, k == i ? "  " : ", ");
                plan_add_name(text, plan->views[k]->name);
            }
        text_add(text, "\n");
    }
    talloc_free(group);
}

static void print_text(const Plan *plan, Text *text)
{
    add_header(text, plan);
    add_table(text, plan);
    add_kept(text, plan);
    add_groups(text, plan);
    add_externals(text, plan);
    add_opaque(text, plan);
}

static void print_names(const Plan *plan, Text *text)
{
    for (size_t i = 0; i < plan->view_count; i++)
    {
        const PlanView *view = plan->views[i];
        bool bare = plan_resolve(plan, (Name){NULL, view->name.name}) == view;
        if (!bare)
        {
            text_add_visible(text, view->name.schema);
            text_add(text, ".");
        }
        text_add_visible(text, view->name.name);
        text_add(text, "\n");
    }
}

void plan_print(const Plan *plan, PlanFormat format, const char *space, FILE *out)
{
    Text *text = text_new(NULL);
    switch (format)
    {
    case PLAN_TEXT:
        print_text(plan, text);
        break;
    case PLAN_JSON:
        plan_print_json(plan, space, text);
        break;
    case PLAN_DOT:
        plan_print_dot(plan, text);
        break;
    case PLAN_MERMAID:
        plan_print_mermaid(plan, text);
        break;
    case PLAN_NAMES:
        print_names(plan, text);
        break;
    case PLAN_SQL:
        plan_print_sql(plan, text);
        break;
    }
    fwrite(text->data, 1, text->length, out);
    talloc_free(text);
}
