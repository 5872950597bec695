/*
 * random_queries SEED COUNT: view definitions from a small grammar, one a line, three fields between tabs: the name of
 * the file, the statement for psql, the text of the file.  The same seed gives the same views.
 *
 * The grammar is about names, not about results: few of them, and each stands for several things (a schema, a table,
 * a view, a type, a function, a column, an alias, a CTE).  Every relation has the columns id int, t int, s text, so that
 * whatever a name turns out to mean, the query stays valid; random-queries.sql makes the relations.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum
{
    ITEMS_MAX = 4,  /* of a FROM clause */
    LEVELS_MAX = 16,
    CTES_MAX = 32,
    VIEWS_MAX = 10000
};

/* A member of a FROM clause. */
typedef struct Item
{
    const char *name;   /* alias or relation, as it is in the catalog */
    const char *schema; /* of a relation without an alias; NULL: schema.name.column is wrong */
    bool only_three;    /* surely has just id, t, s: a subquery, or VALUES */
} Item;

typedef struct Level
{
    Item items[ITEMS_MAX];
    size_t count;
} Level;

typedef struct View
{
    const char *schema;
    char name[16];
} View;

static Level levels[LEVELS_MAX]; /* of queries around the one being written, innermost last */
static size_t level_count;
static const char *ctes[CTES_MAX]; /* in scope, innermost last */
static size_t cte_count;
static bool in_aggregate; /* whose arguments must not all be an outer query's: it would be that query's then */
static const char *recursive_name; /* which its own query may name only in one place */
static View current;           /* the view being written */
static View views[VIEWS_MAX];  /* those that others may read */
static size_t view_count;
static char *text; /* of the query being written */
static size_t text_size;
static FILE *out;
static uint64_t state;

static const char *const pool[] = {"a", "b", "t", "u", "x", "y"};
static const char *const schemas[] = {"a", "b", "c"}; /* the search path */

/* What random-queries.sql creates, by schema. */
static const char *const relations[][5] = {{"a", "b", "t", "u", NULL}, {"b", "t", "x", "u", NULL}, {"t", "x", "y", "u", NULL}};

static void write_query(int depth);
static void write_int(int depth);

/* splitmix64, https://prng.di.unimi.it/splitmix64.c */
static unsigned pick(unsigned count)
{
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (unsigned) ((z ^ (z >> 31)) % count);
}

static bool chance(unsigned percent)
{
    return pick(100) < percent;
}

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
}

static void put_name(const char *name)
{
    bool bare = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(name);
    if (!bare || chance(20))
        put("\"%s\"", name);
    else if (strlen(name) == 1 && chance(10))
        put("%c", name[0] - 'a' + 'A'); /* folded */
    else
        put("%s", name);
}

static void put_dot(void)
{
    static const char *const dots[] = {" . ", "/* a.t */.", ". /* b.x */ "};
    const char *dot = chance(85) ? "." : dots[pick(3)];
    put("%s", dot);
}

static void put_qualified(const char *schema, const char *name)
{
    put_name(schema);
    put_dot();
    put_name(name);
}

static const char *pool_name(void)
{
    return pool[pick(sizeof pool / sizeof *pool)];
}

static bool is_cte(const char *name)
{
    for (size_t i = 0; i < cte_count; i++)
        if (strcmp(ctes[i], name) == 0)
            return true;
    return false;
}

static bool has_relation(size_t schema, const char *name)
{
    for (size_t i = 0; relations[schema][i] != NULL; i++)
        if (strcmp(relations[schema][i], name) == 0)
            return true;
    return false;
}

/* The schema that the search path finds the name in. */
static const char *found_in(const char *name)
{
    for (size_t i = 0; i < 3; i++)
        if (has_relation(i, name))
            return schemas[i];
    return NULL;
}

/* A type of three columns: one of the relations that are always there. */
static void write_type(void)
{
    size_t schema = pick(3);
    if (chance(40))
        put_name(pool_name());
    else
        put_qualified(schemas[schema], relations[schema][pick(4)]);
}

static void write_constant(const char *type)
{
    size_t schema = pick(3);
    const char *name = relations[schema][pick(4)];
    switch (pick(4))
    {
    case 0:
        put("'%s.%s'::%s", schemas[schema], name, type);
        break;
    case 1:
        put("%s '%s'", type, pool_name());
        break;
    case 2:
        put("CAST($q$\"%s\".%s$q$ AS %s)", schemas[schema], name, type);
        break;
    default:
        put("E'%s\\x2e%s'::pg_catalog.%s", schemas[schema], name, type);
        break;
    }
}

static const Item *some_item(void)
{
    size_t level = level_count - 1;
    while (level > 0 && !in_aggregate && (levels[level].count == 0 || chance(25)))
        level--;
    return levels[level].count == 0 ? NULL : &levels[level].items[pick((unsigned) levels[level].count)];
}

static void put_reference(const Item *item)
{
    if (item->schema != NULL && chance(50))
        put_qualified(item->schema, item->name);
    else
        put_name(item->name);
}

static void write_column(const char *column)
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

static void write_text(int depth)
{
    static const char *const literals[] = {"'a.t'",         "'SELECT a.t.id FROM a.t'", "$$b.x$$",       "E'a.t\\n\\'b.t\\''",
                                           "'\"a\".\"t\"'", "U&'a\\002et'",             "$a$ $$a.u$$ $a$", "'\xC3\xA9 a.b'"};
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

/* schema, name: NULL for a name that a CTE or the search path decides about */
static void write_relation(const char **ret_schema, const char **ret_name)
{
    size_t schema = pick(3);
    const char *name = relations[schema][pick(4)];
    *ret_schema = schemas[schema];
    const char *cte = cte_count > 0 && chance(25) ? ctes[pick((unsigned) cte_count)] : NULL;
    if (cte != NULL && (recursive_name == NULL || strcmp(recursive_name, cte) != 0))
    {
        *ret_schema = NULL;
        name = cte;
        put_name(name);
    }
    else if (view_count > 0 && chance(25))
    {
        const View *view = &views[pick((unsigned) view_count)];
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
        while (recursive_name != NULL && strcmp(recursive_name, name) == 0);
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

static void write_int(int depth)
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
    in_aggregate = true;
    write_int(0);
    put(") FILTER (WHERE ");
    write_column("t");
    put(" > 1))::int AS t, max(");
    write_column("s");
    in_aggregate = false;
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
    FILE *outer = out;
    char *from = NULL;
    size_t size = 0;
    out = open_memstream(&from, &size);
    write_from(level, depth);
    fclose(out);
    out = outer;
    return from;
}

static void write_select(int depth, bool extras)
{
    Level *level = &levels[level_count++];
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
    level_count--;
}

/* The name of a relation, of the view itself, or of another view. */
static const char *cte_name(void)
{
    if (chance(20))
        return current.name;
    return view_count > 0 && chance(20) ? views[pick((unsigned) view_count)].name : pool_name();
}

static void write_recursive(int depth)
{
    const char *name = cte_name();
    const char *outer = recursive_name;
    put("WITH RECURSIVE ");
    put_name(name);
    put(" (id, t, s) AS (");
    recursive_name = name;
    write_select(depth - 1, false);
    put(" UNION SELECT r.id + 1, r.t, r.s FROM ");
    put_name(name);
    put(" r WHERE r.id < 4) ");
    recursive_name = outer;
    ctes[cte_count++] = name;
}

static void write_with(int depth)
{
    size_t first = cte_count;
    if (recursive_name == NULL && chance(20))
    {
        write_recursive(depth);
        return;
    }
    put("WITH ");
    for (unsigned i = 0, count = 1 + pick(2); i < count; i++)
    {
        const char *name = cte_name();
        for (size_t j = first; j < cte_count; j++)
            if (strcmp(ctes[j], name) == 0)
                name = "q";
        put(i > 0 ? ", " : "");
        put_name(name);
        put("%s AS %s(", chance(30) ? " (id, t, s)" : "", chance(20) ? "MATERIALIZED " : "");
        write_query(depth - 1);
        put(")");
        ctes[cte_count++] = name;
    }
    put(" ");
}

static void write_query(int depth)
{
    static const char *const operators[] = {" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT "};
    size_t visible = cte_count;
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
        size_t known = view_count;
        view_count = 0; /* a view may have more columns */
        put("TABLE ");
        write_relation(&schema, &name);
        view_count = known;
    }
    else
        write_select(depth, false);
    cte_count = visible;
}

/* Shape of the whole: with columns that hold constants and types, or one that others may read. */
static bool write_top(void)
{
    bool extras = chance(40);
    level_count = 0;
    cte_count = 0;
    out = open_memstream(&text, &text_size);
    if (extras)
    {
        if (chance(30))
            write_with(2);
        write_select(1 + (int) pick(2), true);
    }
    else
        write_query(1 + (int) pick(3));
    fclose(out);
    return extras;
}

static void print_view(unsigned number)
{
    current.schema = schemas[pick(2)];
    snprintf(current.name, sizeof current.name, chance(20) ? "V %u.\xC3\xA9" : "v%u", number);
    bool extras = write_top();
    bool ordinary = chance(15);
    bool bare = !ordinary && strchr(current.name, '.') == NULL && chance(50);
    const char *create = ordinary ? "CREATE VIEW" : "CREATE MATERIALIZED VIEW";
    printf("%s.v%u\t%s %s.\"%s\" AS %s;\t", current.schema, number, create, current.schema, current.name, text);
    if (bare)
        printf("%s\n", text);
    else
        printf("%s %s.\"%s\" AS %s;\n", create, current.schema, current.name, text);
    free(text);
    if (!extras && view_count < VIEWS_MAX)
        views[view_count++] = current;
}

int main(int argc, char **argv)
{
    if (argc != 3)
    {
        fprintf(stderr, "usage: random_queries SEED COUNT\n");
        return 2;
    }
    state = strtoull(argv[1], NULL, 10);
    for (unsigned i = 0, count = (unsigned) strtoul(argv[2], NULL, 10); i < count; i++)
        print_view(i);
    return 0;
}
