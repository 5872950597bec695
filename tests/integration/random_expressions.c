/* Expressions of random_queries: columns, integers, texts, and the relations that they and a FROM clause name. */
#include "random_queries.h"

#include <string.h>

static bool is_cte(const char *name)
{
    for (size_t i = 0; i < scope.cte_count; i++)
        if (strcmp(scope.ctes[i], name) == 0)
            return true;
    return false;
}

static const Item *some_item(void)
{
    size_t level = scope.level_count - 1;
    while (level > 0 && !scope.in_aggregate && (scope.levels[level].count == 0 || chance(25)))
        level--;
    const Level *found = &scope.levels[level];
    return found->count == 0 ? NULL : &found->items[pick((unsigned) found->count)];
}

void put_reference(const Item *item)
{
    if (item->schema != NULL && chance(50))
        put_qualified(item->schema, item->name);
    else
        put_name(item->name);
}

void write_column(const char *column)
{
    const Item *item = some_item();
    if (item == NULL)
    {
        put("%s", strcmp(column, "s") == 0 ? "'none'" : "0");
        return;
    }
    bool is_column = strcmp(item->name, "t") == 0 || strcmp(item->name, "id") == 0 || strcmp(item->name, "s") == 0;
    switch (pick(8))
    {
    case 0:
        put("(");
        put_name(item->name);
        put(is_column ? ".*)." : ").");
        break;
    case 1:
        put("(");
        put_reference(item);
        put(".*).");
        break;
    default:
        put_reference(item);
        put_dot();
        break;
    }
    put_name(column);
}

void write_text(int depth)
{
    static const char *const literals[] = {
        "'a.t'",        "'SELECT a.t.id FROM a.t'", "$$b.x$$",       "E'a.t\\n\\'b.t\\''", "'\"a\".\"t\"'",
        "U&'a\\002et'", "$a$ $$a.u$$ $a$",          "'\xC3\xA9 a.b'"};
    switch (depth > 0 ? pick(7) : pick(3))
    {
    case 0:
        put("%s::text", literals[pick(sizeof literals / sizeof *literals)]);
        break;
    case 3:
        put("(");
        write_constant("regclass");
        put(" = ");
        write_constant("regclass");
        put(")::text");
        break;
    case 4:
        put("coalesce(");
        write_text(depth - 1);
        put(", ");
        write_text(depth - 1);
        put(")");
        break;
    case 5:
        put("(ROW(");
        write_int(depth - 1);
        put(", 2, ");
        write_text(depth - 1);
        put(")::");
        write_type();
        put(").s");
        break;
    default:
        write_column("s");
        break;
    }
}

void write_relation(const char **ret_schema, const char **ret_name)
{
    size_t schema = pick(3);
    const char *name = relations[schema][pick(4)];
    *ret_schema = schemas[schema];
    const char *cte = scope.cte_count > 0 && chance(25) ? scope.ctes[pick((unsigned) scope.cte_count)] : NULL;
    if (cte != NULL && (scope.recursive_name == NULL || strcmp(scope.recursive_name, cte) != 0))
    {
        *ret_schema = NULL;
        name = cte;
        put_name(name);
    }
    else if (scope.view_count > 0 && chance(25))
    {
        const View *view = &scope.views[pick((unsigned) scope.view_count)];
        *ret_schema = view->schema;
        name = view->name;
        put_qualified(view->schema, name);
    }
    else if (chance(50))
        put_qualified(schemas[schema], name);
    else
    {
        do
            name = pool_name();
        while (scope.recursive_name != NULL && strcmp(scope.recursive_name, name) == 0);
        *ret_schema = is_cte(name) ? NULL : found_in(name);
        put_name(name);
    }
    *ret_name = name;
}

static void write_subquery_int(int depth)
{
    const char *schema;
    const char *name;
    switch (pick(4))
    {
    case 0:
        put("(SELECT count(*)::int FROM ");
        write_relation(&schema, &name);
        put(")");
        break;
    case 1:
        put("(SELECT max(q.id) FROM (");
        write_query(depth - 1);
        put(") q)");
        break;
    case 2:
        put("CASE WHEN EXISTS (");
        write_query(depth - 1);
        put(") THEN 1 ELSE ");
        write_int(depth - 1);
        put(" END");
        break;
    default:
        put("(");
        write_int(depth - 1);
        put(" IN (SELECT q.t FROM (");
        write_query(depth - 1);
        put(") AS q))::int");
        break;
    }
}

void write_int(int depth)
{
    switch (depth > 0 ? pick(9) : pick(3))
    {
    case 0:
        put("%u", pick(7));
        break;
    case 1:
        write_column("id");
        break;
    case 3:
        put("%s(", chance(50) ? "a.t" : chance(50) ? "b . \"x\"" : "t");
        write_int(depth - 1);
        put(")");
        break;
    case 4:
        put("(");
        write_int(depth - 1);
        put(chance(50) ? "+" : " - ");
        write_int(depth - 1);
        put(") %% 7");
        break;
    case 5:
        put("coalesce((NULL::");
        write_type();
        put(").%s, ", chance(50) ? "id" : "t");
        write_int(depth - 1);
        put(")");
        break;
    case 6:
        write_subquery_int(depth);
        break;
    case 7:
        put("array_length(ARRAY[ROW(1, 2, 'a.t'), NULL]::");
        write_type();
        put("[], 1)");
        break;
    default:
        write_column("t");
        break;
    }
}
