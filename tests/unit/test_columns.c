/* Covers stage/columns.c: which columns of a view a new query adds, removes, retypes and moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "matswap/memory.h"
#include "matswap/stage.h"
#include "matswap/text.h"

/* "a int, b text C": columns of name, type and, perhaps, collation */
static RecipeColumn *read_columns(const void *context, const char *text, size_t *ret_count)
{
    RecipeColumn *columns = NULL;
    char *rest = NULL;
    *ret_count = 0;
    for (char *item = strtok_r(mem_strdup(context, text), ",", &rest); item != NULL; item = strtok_r(NULL, ",", &rest))
    {
        char *part = NULL;
        RecipeColumn column = {.name = strtok_r(item, " ", &part)};
        column.type = strtok_r(NULL, " ", &part);
        column.collation = strtok_r(NULL, " ", &part);
        MEM_PUSH(context, columns, *ret_count, column);
    }
    return columns;
}

/* "+a:int@1", "-b:text@2", "c:int>text", "d@3>1"; a column that does both says both */
static char *describe(const void *context, const ColumnChange *changes, size_t count)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < count; i++)
    {
        const ColumnChange *change = &changes[i];
        text_add(text, i > 0 ? " " : "");
        if (change->old_type == NULL)
            text_addf(text, "+%s:%s@%d", change->name, change->new_type, change->new_position);
        else if (change->new_type == NULL)
            text_addf(text, "-%s:%s@%d", change->name, change->old_type, change->old_position);
        else if (strcmp(change->old_type, change->new_type) != 0)
            text_addf(text, "%s:%s>%s", change->name, change->old_type, change->new_type);
        if (change->moved)
            text_addf(text, "%s@%d>%d", change->name, change->old_position, change->new_position);
    }
    return text->data;
}

static void expect(const char *old, const char *new, const char *expected)
{
    void *context = mem_context(NULL);
    size_t old_count;
    size_t new_count;
    size_t count;
    ColumnChange *changes;
    RecipeColumn *before = read_columns(context, old, &old_count);
    RecipeColumn *after = read_columns(context, new, &new_count);
    columns_compare(context, before, old_count, after, new_count, &changes, &count);
    assert_string_equal(describe(context, changes, count), expected);
    talloc_free(context);
}

static void test_equal_columns_are_no_change(void **state)
{
    expect("a int,b text C", "a int,b text C", "");
    expect("", "", "");
}

static void test_columns_come_and_go(void **state)
{
    expect("a int", "a int,b text", "+b:text@2");
    expect("a int,b text", "a int", "-b:text@2");
    expect("a int", "b int", "+b:int@1 -a:int@1");
    expect("", "a int,b int", "+a:int@1 +b:int@2");
    expect("a int", "", "-a:int@1");
}

static void test_a_type_or_a_collation_changes(void **state)
{
    expect("a int,b text", "a int8,b text", "a:int>int8");
    expect("a text", "a text C", "a:text>text COLLATE C");
    expect("a text C", "a text", "a:text COLLATE C>text");
}

static void test_room_for_others_is_no_move(void **state)
{
    expect("a int,b int", "x int,a int,b int", "+x:int@1");
    expect("a int,b int,c int", "a int,c int", "-b:int@2");
    expect("a int,b int,c int", "a int,x int,y int,c int", "+x:int@2 +y:int@3 -b:int@2");
}

static void test_the_fewest_move(void **state)
{
    expect("a int,b int,c int,d int", "d int,a int,b int,c int", "d@4>1");
    expect("a int,b int,c int,d int", "b int,c int,d int,a int", "a@1>4");
    expect("a int,b int", "b int,a int", "a@1>2");
    expect("a int,b int,c int,d int,e int", "e int,b int,c int,d int,a int", "e@5>1 a@1>5");
    expect("a int,b int,c int", "x int,c int8,a int,b int", "+x:int@1 c:int>int8c@3>2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_columns_are_no_change), cmocka_unit_test(test_columns_come_and_go),
        cmocka_unit_test(test_a_type_or_a_collation_changes), cmocka_unit_test(test_room_for_others_is_no_move),
        cmocka_unit_test(test_the_fewest_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
