/*
 * random_queries SEED COUNT: view definitions from a small grammar, one a line, three fields between tabs: the name of
 * the file, the statement for psql, the text of the file.  The same seed gives the same views.
 *
 * The grammar is about names, not about results: few of them, and each stands for several things (a schema, a table,
 * a view, a type, a function, a column, an alias, a CTE).  Every relation has the columns id int, t int, s text, so that
 * whatever a name turns out to mean, the query stays valid; random-queries.sql makes the relations.
 */
#include "random_queries.h"

#include <stdlib.h>
#include <string.h>

/* Shape of the whole: with columns that hold constants and types, or one that others may read. */
static bool write_top(char **ret_text)
{
    bool extras = chance(40);
    scope.level_count = 0;
    scope.cte_count = 0;
    size_t size = 0;
    FILE *stream = open_memstream(ret_text, &size);
    FILE *outer = put_to(stream);
    if (extras)
    {
        if (chance(30))
            write_with(2);
        write_select(1 + (int) pick(2), true);
    }
    else
        write_query(1 + (int) pick(3));
    put_to(outer);
    fclose(stream);
    return extras;
}

static void print_view(unsigned number)
{
    View *view = &scope.view;
    view->schema = schemas[pick(2)];
    snprintf(view->name, sizeof view->name, chance(20) ? "V %u.\xC3\xA9" : "v%u", number);
    char *text = NULL;
    bool extras = write_top(&text);
    bool ordinary = chance(15);
    bool bare = !ordinary && strchr(view->name, '.') == NULL && chance(50);
    const char *create = ordinary ? "CREATE VIEW" : "CREATE MATERIALIZED VIEW";
    printf("%s.v%u\t%s %s.\"%s\" AS %s;\t", view->schema, number, create, view->schema, view->name, text);
    if (bare)
        printf("%s\n", text);
    else
        printf("%s %s.\"%s\" AS %s;\n", create, view->schema, view->name, text);
    free(text);
    if (!extras && scope.view_count < VIEWS_MAX)
        scope.views[scope.view_count++] = *view;
}

int main(int argc, char **argv)
{
    if (argc != 3)
    {
        fprintf(stderr, "usage: random_queries SEED COUNT\n");
        return 2;
    }
    seed(strtoull(argv[1], NULL, 10));
    for (unsigned i = 0, count = (unsigned) strtoul(argv[2], NULL, 10); i < count; i++)
        print_view(i);
    return 0;
}
