/*
 * The column contract: what readers of a view may rely on, and how a new query changes it.
 *
 * Readers know columns by name; only CREATE OR REPLACE VIEW, whole rows and SELECT * know their order.  So columns are
 * paired by name, and of those in both views as few as possible are called moved: the others are a longest run that
 * stands in the same order.
 */
#include <string.h>

#include "matswap/memory.h"
#include "matswap/stage.h"

static const char *type_of(const void *context, const RecipeColumn *column)
{
    if (column->collation == NULL)
        return column->type;
    return mem_printf(context, "%s COLLATE %s", column->type, column->collation);
}

/* Its position from 1; 0: there is none of that name. */
static size_t find(const RecipeColumn *columns, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && strcmp(columns[i].name, name) != 0)
        i++;
    return i < count ? i + 1 : 0;
}

/*
 * Marks the fewest elements of `order` (distinct numbers; 0 is none) without which the rest ascends.  Quadratic, and
 * hardly ever reached: a relation has at most 1,600 columns
 * (https://www.postgresql.org/docs/current/limits.html), and most new views keep their order.
 */
static void mark_moved(const size_t *order, size_t count, bool *moved)
{
    size_t *length = mem_array(NULL, size_t, count); /* of the longest ascending run that ends here */
    size_t *before = mem_array(length, size_t, count); /* 1 + the element before it there; 0: it is the first */
    size_t last = 0;                                   /* 1 + the end of the longest */
    for (size_t i = 0; i < count; i++)
    {
        moved[i] = order[i] != 0;
        length[i] = order[i] != 0 ? 1 : 0;
        for (size_t j = 0; j < i; j++)
            if (order[i] != 0 && order[j] != 0 && order[j] < order[i] && length[j] + 1 > length[i])
            {
                length[i] = length[j] + 1;
                before[i] = j + 1;
            }
        if (length[i] > 0 && (last == 0 || length[i] > length[last - 1]))
            last = i + 1;
    }
    for (; last != 0; last = before[last - 1])
        moved[last - 1] = false;
    talloc_free(length);
}

void columns_compare(const void *context, const RecipeColumn *old, size_t old_count, const RecipeColumn *new,
                     size_t new_count, ColumnChange **ret_changes, size_t *ret_count)
{
    size_t *order = mem_array(NULL, size_t, new_count);
    bool *moved = mem_array(order, bool, new_count);
    for (size_t i = 0; i < new_count; i++)
        order[i] = find(old, old_count, new[i].name);
    mark_moved(order, new_count, moved);
    *ret_changes = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < new_count; i++)
    {
        ColumnChange change = {.name = new[i].name, .new_type = type_of(context, &new[i]), .new_position = (int) i + 1,
                               .old_position = (int) order[i], .moved = moved[i]};
        if (order[i] != 0)
            change.old_type = type_of(context, &old[order[i] - 1]);
        if (moved[i] || change.old_type == NULL || strcmp(change.old_type, change.new_type) != 0)
            MEM_PUSH(context, *ret_changes, *ret_count, change);
    }
    for (size_t i = 0; i < old_count; i++)
    {
        ColumnChange change = {.name = old[i].name, .old_type = type_of(context, &old[i]), .old_position = (int) i + 1};
        if (find(new, new_count, old[i].name) == 0)
            MEM_PUSH(context, *ret_changes, *ret_count, change);
    }
    talloc_free(order);
}
