/* Queries of random_queries: FROM clauses, what is selected from them, WITH queries, set operations. */
#include "random_queries.h"

#include <stdlib.h>
#include <string.h>

Scope scope;

static bool is_taken(const Level *level, const char *name)
{
    for (size_t i = 0; i < level->count; i++)
        if (strcmp(level->items[i].name, name) == 0)
            return true;
    return false;
}

static const char *free_alias(const Level *level)
{
    static const char *const others[] = {"id", "s", "q", "r", "w"};
    const char *name = pool_name();
    for (size_t i = 0; is_taken(level, name); i++)
        name = others[i];
    return name;
}

static void write_alias(Level *level, const char *columns, bool only_three)
{
    Item item = {free_alias(level), NULL, only_three};
    put(chance(50) ? " AS " : " ");
    put_name(item.name);
    put("%s", columns);
    level->items[level->count++] = item;
}

/* The level must not see its own members but for LATERAL. */
static void write_hidden(Level *level, int depth, bool lateral)
{
    size_t visible = level->count;
    if (!lateral)
        level->count = 0;
    put("%s(", lateral ? "LATERAL " : "");
    write_query(depth - 1);
    put(")");
    level->count = visible;
}

static void write_named_relation(Level *level)
{
    const char *schema;
    const char *name;
    put(chance(5) ? "ONLY " : "");
    write_relation(&schema, &name);
    if (chance(50) || is_taken(level, name))
        write_alias(level, "", false);
    else
        level->items[level->count++] = (Item){name, schema, false};
}

static void write_item(Level *level, int depth, bool lateral)
{
    switch (depth > 0 ? pick(10) : 9)
    {
    case 0:
    case 1:
        write_hidden(level, depth, lateral && chance(40));
        write_alias(level, chance(30) ? " (id, t, s)" : "", true);
        break;
    case 2:
        put("(VALUES (%u, 2, 'a.t'), (3, %u, 'b.t'))", pick(7), pick(7));
        write_alias(level, " (id, t, s)", true);
        break;
    case 3:
        put("jsonb_populate_record(NULL::");
        write_type();
        put(", '{\"id\": %u, \"t\": 2, \"s\": \"a.t\"}')", pick(7));
        write_alias(level, "", false);
        break;
    case 4:
        put("ROWS FROM (generate_series(1, 3), a.t(2), unnest(ARRAY['a.t', 'u']))");
        write_alias(level, " (id, t, s)", true);
        break;
    default:
        write_named_relation(level);
        break;
    }
}

static void write_join(Level *level, int depth)
{
    static const char *const joins[] = {" JOIN ", " LEFT JOIN ", " INNER JOIN "};
    put("%s", joins[pick(3)]);
    size_t before = level->count;
    write_item(level, depth, true);
    put(" ON ");
    put_reference(&level->items[before]);
    put(".id = ");
    put_reference(&level->items[pick((unsigned) before)]);
    put(chance(50) ? ".id" : ".t");
}

static void write_from(Level *level, int depth)
{
    put(" FROM ");
    write_item(level, depth, false);
    for (unsigned joins = chance(50) ? 0 : 1 + pick(2); joins > 0; joins--)
        write_join(level, depth);
}

static void write_where(int depth)
{
    if (chance(50))
        return;
    put(" WHERE ");
    write_int(depth - 1);
    put(" %s ", chance(50) ? "<" : "<>");
    write_int(depth - 1);
}

static void write_grouped(Level *level, int depth, const char *from)
{
    const Item *item = &level->items[0];
    put("SELECT ");
    put_reference(item);
    put(".id, (sum(");
    scope.in_aggregate = true;
    write_int(0);
    put(") FILTER (WHERE ");
    write_column("t");
    put(" > 1))::int AS t, max(");
    write_column("s");
    scope.in_aggregate = false;
    put(") AS s%s", from);
    write_where(depth);
    put(" GROUP BY %s", chance(20) ? "ROLLUP (" : "(");
    put_reference(item);
    put(".id)");
}

/* An expansion is safe where the item surely has three columns. */
static void write_targets(const Level *level, int depth)
{
    put("SELECT %s", chance(50) ? "DISTINCT " : "");
    if (level->items[0].only_three && level->count == 1 && chance(50))
    {
        put_name(level->items[0].name);
        put(".*");
        return;
    }
    write_int(depth);
    put(" AS id, ");
    if (chance(20))
    {
        put("(count(*) OVER (PARTITION BY ");
        write_column("id");
        put("))::int");
    }
    else
        write_int(depth);
    put(" AS t, ");
    write_text(depth);
    put(" AS s");
}

/* Columns that only a view nobody reads may have. */
static void write_extras(const Level *level)
{
    put(", ");
    put_name(level->items[pick((unsigned) level->count)].name);
    put(".* IS NULL AS e1, ");
    write_constant("regclass");
    put(" AS e2, NULL::");
    write_type();
    put("%s AS e3, ", chance(30) ? "[]" : "");
    write_constant("regtype");
    put(" AS e4, ARRAY['a.t', '%s']::regclass[] AS e5", pool_name());
}

/* The FROM clause is written first, since the targets refer to it. */
static char *written_from(Level *level, int depth)
{
    char *from = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&from, &size);
    FILE *outer = put_to(stream);
    write_from(level, depth);
    put_to(outer);
    fclose(stream);
    return from;
}

void write_select(int depth, bool extras)
{
    Level *level = &scope.levels[scope.level_count++];
    level->count = 0;
    char *from = written_from(level, depth);
    if (!extras && chance(20))
        write_grouped(level, depth, from);
    else
    {
        write_targets(level, depth > 1 ? 1 : depth);
        if (extras)
            write_extras(level);
        put("%s", from);
        write_where(depth);
    }
    free(from);
    scope.level_count--;
}

/* The name of a relation, of the view itself, or of another view. */
static const char *cte_name(void)
{
    if (chance(20))
        return scope.view.name;
    return scope.view_count > 0 && chance(20) ? scope.views[pick((unsigned) scope.view_count)].name : pool_name();
}

static void write_recursive(int depth)
{
    const char *name = cte_name();
    const char *outer = scope.recursive_name;
    put("WITH RECURSIVE ");
    put_name(name);
    put(" (id, t, s) AS (");
    scope.recursive_name = name;
    write_select(depth - 1, false);
    put(" UNION SELECT r.id + 1, r.t, r.s FROM ");
    put_name(name);
    put(" r WHERE r.id < 4) ");
    scope.recursive_name = outer;
    scope.ctes[scope.cte_count++] = name;
}

void write_with(int depth)
{
    size_t first = scope.cte_count;
    if (scope.recursive_name == NULL && chance(20))
    {
        write_recursive(depth);
        return;
    }
    put("WITH ");
    for (unsigned i = 0, count = 1 + pick(2); i < count; i++)
    {
        const char *name = cte_name();
        for (size_t j = first; j < scope.cte_count; j++)
            if (strcmp(scope.ctes[j], name) == 0)
                name = "q";
        put(i > 0 ? ", " : "");
        put_name(name);
        put("%s AS %s(", chance(30) ? " (id, t, s)" : "", chance(20) ? "MATERIALIZED " : "");
        write_query(depth - 1);
        put(")");
        scope.ctes[scope.cte_count++] = name;
    }
    put(" ");
}

void write_query(int depth)
{
    static const char *const operators[] = {" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT "};
    size_t visible = scope.cte_count;
    const char *schema;
    const char *name;
    if (depth > 0 && chance(25))
        write_with(depth);
    if (depth > 0 && chance(15))
    {
        put("(");
        write_query(depth - 1);
        put(")%s(", operators[pick(4)]);
        write_query(depth - 1);
        put(")");
    }
    else if (chance(5))
    {
        size_t known = scope.view_count;
        scope.view_count = 0; /* a view may have more columns */
        put("TABLE ");
        write_relation(&schema, &name);
        scope.view_count = known;
    }
    else
        write_select(depth, false);
    scope.cte_count = visible;
}
