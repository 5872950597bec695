#include "plan_internal.h"

#include "matswap/memory.h"

static void add_key(Text *text, const char *before, const char *key, const char *value)
{
    text_addf(text, "%s\"%s\":", before, key);
    text_add_json(text, value);
}

/* {"schema":…,"name":… without the closing brace, so that more keys can follow */
static void open_name(Text *text, Name name)
{
    add_key(text, "{", "schema", name.schema);
    add_key(text, ",", "name", name.name);
}

static const char *kind_word(ReferenceKind kind)
{
    switch (kind)
    {
    case REFERENCE_TYPE:
        return "type";
    case REFERENCE_CONSTANT:
        return "constant";
    case REFERENCE_RELATION:
    case REFERENCE_COLUMN:
        break;
    }
    return "relation";
}

static void add_externals(Text *text, const PlanExternal *externals, size_t count)
{
    text_add(text, "\"external\":[");
    for (size_t i = 0; i < count; i++)
    {
        const Reference *reference = externals[i].reference;
        text_add(text, i > 0 ? "," : "");
        open_name(text, externals[i].name);
        add_key(text, ",", "kind", kind_word(reference->kind));
        add_key(text, ",", "file", externals[i].statement->file->path);
        text_addf(text, ",\"line\":%d,\"column\":%d}", reference->line, reference->column);
    }
    text_add(text, "]");
}

static void add_opaque(Text *text, const PlanOpaque *opaque, size_t count)
{
    text_add(text, "\"opaque\":[");
    for (size_t i = 0; i < count; i++)
    {
        add_key(text, i > 0 ? ",{" : "{", "what", opaque[i].opaque->what);
        add_key(text, ",", "file", opaque[i].statement->file->path);
        text_addf(text, ",\"line\":%d,\"column\":%d}", opaque[i].opaque->line, opaque[i].opaque->column);
    }
    text_add(text, "],");
}

static void add_reads(Text *text, const PlanView *view)
{
    text_add(text, ",\"reads\":[");
    for (size_t i = 0; i < view->read_count; i++)
    {
        text_add(text, i > 0 ? "," : "");
        open_name(text, view->reads[i].view->name);
        text_addf(text, ",\"rebuilt\":%s}", view->reads[i].view->rebuilt ? "true" : "false");
    }
    text_add(text, "],");
}

static void add_view(Text *text, const Plan *plan, const PlanView *view)
{
    open_name(text, view->name);
    add_key(text, ",", "kind", view_kind_word(view->kind));
    add_key(text, ",", "file", view->create->file->path);
    text_addf(text, ",\"line\":%d,\"level\":%d", view->create->line, view->level);
    add_reads(text, view);
    add_key(text, "", "incoming", view->schema->incoming);
    text_addf(text, ",\"indexes\":%zu", plan_index_count(view));
    add_key(text, ",", "fingerprint", view->fingerprint);
    text_add(text, ",");
    void *scratch = mem_context(NULL);
    PlanOpaque *opaque;
    size_t count;
    plan_view_opaque(scratch, plan, view, &opaque, &count);
    add_opaque(text, opaque, count);
    PlanExternal *externals;
    plan_view_externals(scratch, plan, view, &externals, &count);
    add_externals(text, externals, count);
    talloc_free(scratch);
    text_add(text, "}");
}

static void add_schemas(Text *text, const Plan *plan)
{
    text_add(text, ",\"schemas\":[");
    for (size_t i = 0; i < plan->schema_count; i++)
    {
        add_key(text, i > 0 ? ",{" : "{", "live", plan->schemas[i].live);
        add_key(text, ",", "incoming", plan->schemas[i].incoming);
        add_key(text, ",", "outgoing", plan->schemas[i].outgoing);
        text_add(text, "}");
    }
    text_add(text, "]");
}

void plan_print_json(const Plan *plan, const char *space, Text *text)
{
    add_key(text, "{", "set", plan->config->set);
    add_key(text, ",", "fingerprint", plan->fingerprint);
    add_schemas(text, plan);
    text_add(text, ",\n\"views\":[");
    for (size_t i = 0; i < plan->view_count; i++)
    {
        text_add(text, i > 0 ? ",\n" : "\n");
        add_view(text, plan, plan->views[i]);
    }
    text_add(text, "],\n\"kept\":[");
    for (size_t i = 0; i < plan->kept_count; i++)
    {
        text_add(text, i > 0 ? "," : "");
        open_name(text, plan->kept[i]->name);
        text_add(text, "}");
    }
    text_add(text, "]");
    if (space != NULL)
        text_addf(text, ",\n\"space\":%s", space);
    text_add(text, "}\n");
}
