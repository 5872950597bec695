/*
 * Covers src/pg/template.c and lexeme.c, and every file of src/pg/sql: filled in with dummy values, each must be one
 * statement for PostgreSQL's own parser, and must name every relation with its schema.
 *
 * The dummy for :"x" and :'x' is `dummy`; for a raw :x it is `public.dummy`, or what a comment line of the file says:
 *     -- :x MATERIALIZED VIEW
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pg_query.h>

#include "matswap/memory.h"
#include "matswap/pg.h"
#include "pg_sql.h"

/* ---- the embedded files ------------------------------------------------------------------------------------ */

static size_t word_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char) text[length]) || text[length] == '_')
        length++;
    return length;
}

/* What the file's comment gives as the value of the raw variable `name`. */
static const char *example_value(const void *context, const char *text, const char *name)
{
    const char *marker = mem_printf(context, "-- :%s ", name);
    const char *line = strstr(text, marker);
    if (line == NULL)
        return "public.dummy";
    line += strlen(marker);
    return mem_strndup(context, line, strcspn(line, "\n"));
}

/* A value for whatever looks like a variable; too many (one in a comment) do no harm. */
static SqlVariable *dummy_variables(const void *context, const char *text)
{
    SqlVariable *variables = NULL;
    size_t count = 0;
    for (const char *colon = text; (colon = strchr(colon, ':')) != NULL; colon++)
    {
        bool quoted = colon[1] == '"' || colon[1] == '\'';
        const char *name = colon + (quoted ? 2 : 1);
        size_t length = word_length(name);
        if (length == 0)
            continue;
        SqlVariable variable = {.name = mem_strndup(context, name, length), .value = "dummy"};
        if (!quoted)
            variable.value = example_value(context, text, variable.name);
        MEM_PUSH(context, variables, count, variable);
    }
    MEM_PUSH(context, variables, count, ((SqlVariable){NULL, NULL}));
    return variables;
}

static char *filled_in(const void *context, const pg_sql_file *file)
{
    return pg_sql(context, file->text, dummy_variables(context, file->text));
}

static void every_file_is_one_statement(void **state)
{
    void *context = mem_context(NULL);
    assert_true(pg_sql_file_count > 0);
    for (size_t i = 0; i < pg_sql_file_count; i++)
    {
        const char *sql = filled_in(context, &pg_sql_files[i]);
        PgQuerySplitResult split = pg_query_split_with_parser(sql);
        if (split.error != NULL)
            fail_msg("src/pg/sql/%s.sql: %s, at character %d of:\n%s", pg_sql_files[i].name, split.error->message,
                     split.error->cursorpos, sql);
        if (split.n_stmts != 1)
            fail_msg("src/pg/sql/%s.sql holds %d statements", pg_sql_files[i].name, split.n_stmts);
        pg_query_free_split_result(split);
    }
    talloc_free(context);
}

/* The parser's JSON gives a RangeVar's schema first; a name without one must be a CTE's. */
static void assert_qualified(const void *context, const char *file, const char *tree)
{
    static const char node[] = "\"RangeVar\":{";
    static const char key[] = "\"relname\":\"";
    for (const char *at = tree; (at = strstr(at, node)) != NULL;)
    {
        at += strlen(node);
        if (strncmp(at, key, strlen(key)) != 0)
            continue;
        const char *name = at + strlen(key);
        name = mem_strndup(context, name, strcspn(name, "\""));
        if (strstr(tree, mem_printf(context, "\"ctename\":\"%s\"", name)) == NULL)
            fail_msg("src/pg/sql/%s.sql names the relation %s without its schema", file, name);
    }
}

static void every_relation_has_its_schema(void **state)
{
    void *context = mem_context(NULL);
    for (size_t i = 0; i < pg_sql_file_count; i++)
    {
        PgQueryParseResult parsed = pg_query_parse(filled_in(context, &pg_sql_files[i]));
        assert_null(parsed.error);
        assert_qualified(context, pg_sql_files[i].name, parsed.parse_tree);
        pg_query_free_parse_result(parsed);
    }
    talloc_free(context);
}

/* ---- templates --------------------------------------------------------------------------------------------- */

static void assert_sql(const char *template_text, const char *expected)
{
    void *context = mem_context(NULL);
    char *sql = PG_SQL(context, template_text, {"a", "A b\"c"}, {"b", "it's \\"}, {"c", "x.y"}, {"ab", "AB"});
    assert_string_equal(sql, expected);
    talloc_free(context);
}

static void variables_are_quoted_as_their_notation_says(void **state)
{
    assert_sql("SELECT :\"a\", :'a', :a", "SELECT \"A b\"\"c\", 'A b\"c', A b\"c");
    assert_sql(":'b'", "E'it''s \\\\'");
    assert_sql("FROM :c WHERE :ab", "FROM x.y WHERE AB");
    assert_sql(":c", "x.y");
    assert_sql("(:c)::text", "(x.y)::text");
    assert_sql("", "");
}

static void casts_slices_and_assignments_are_no_variables(void **state)
{
    assert_sql("SELECT x::a, x ::b, z[1:2], f(a := 1), y[:c:2]", "SELECT x::a, x ::b, z[1:2], f(a := 1), y[x.y:2]");
    assert_sql("SELECT 1 : ", "SELECT 1 : ");
    assert_sql("SELECT :'a ", "SELECT :'a ");
}

static void strings_identifiers_and_comments_are_left_alone(void **state)
{
    assert_sql("':a' || 'it''s :a' || E'\\':a' || :c", "':a' || 'it''s :a' || E'\\':a' || x.y");
    assert_sql("\":a\" \"\"\":a\" :c", "\":a\" \"\"\":a\" x.y");
    assert_sql("$$:a$$ $t$ $$ :a $t$ :c $1", "$$:a$$ $t$ $$ :a $t$ x.y $1");
    assert_sql("-- :a\n:c", "-- :a\nx.y");
    assert_sql("/* :a /* :b */ :a */ :c", "/* :a /* :b */ :a */ x.y");
    assert_sql("e1 * 'x' - 1 / 2 :c", "e1 * 'x' - 1 / 2 x.y");
    assert_sql("tab$a$ :c", "tab$a$ x.y");
}

static void what_is_not_closed_ends_with_the_text(void **state)
{
    assert_sql("' :a", "' :a");
    assert_sql("$x$ :a $x", "$x$ :a $x");
    assert_sql("/* /* :a */", "/* /* :a */");
    assert_sql("E'\\", "E'\\");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_one_statement),
        cmocka_unit_test(every_relation_has_its_schema),
        cmocka_unit_test(variables_are_quoted_as_their_notation_says),
        cmocka_unit_test(casts_slices_and_assignments_are_no_variables),
        cmocka_unit_test(strings_identifiers_and_comments_are_left_alone),
        cmocka_unit_test(what_is_not_closed_ends_with_the_text),
    };
    int failed = cmocka_run_group_tests_name("pg_sql", tests, NULL, NULL);
    pg_query_exit();
    return failed;
}
