/*
 * memory.h: talloc, with one answer to exhaustion.
 *
 * Every allocation is a child of some context; one context per command owns everything, and freeing a parent
 * frees its children.  An allocation that cannot be met ends the process with exit code 1 and one line on
 * stderr: a batch program that may be killed at any instant (that is what the journal is for) gains nothing
 * from a second, untested way out of every function.  So none of these returns NULL.
 *
 * Sizes are checked: talloc_array refuses a product that overflows.
 */
#ifndef MATSWAP_MEMORY_H
#define MATSWAP_MEMORY_H

#include <stddef.h>
#include <talloc.h>

#include "matswap/error.h"

/* Never returns. */
void memory_exhausted(void) __attribute__((noreturn));

/* Passes `pointer` through; ends the process when it is NULL. */
void *memory_checked(void *pointer);

/* A zeroed object, and a zeroed array of `count` objects (count may be 0). */
#define mem_new(context, type) ((type *) memory_checked(talloc_zero(context, type)))
#define mem_array(context, type, count)                                                                             \
    ((type *) memory_checked(talloc_zero_array(context, type, (count) ? (count) : 1)))

/* A context for what lives no longer than the current function. */
#define mem_context(parent) memory_checked(talloc_new(parent))

char *mem_strdup(const void *context, const char *text);       /* NULL stays NULL */
char *mem_strndup(const void *context, const char *text, size_t length);
char *mem_printf(const void *context, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Makes room for one more element at the end of a talloc array (capacity doubles) and returns the array, which
 * may have moved.  `array` may be NULL: then it becomes a child of `context`.
 */
void *memory_grow(const void *context, void *array, size_t count, size_t element_size, const char *type_name);

/* Appends `value` to `array` of `count` elements; both are lvalues.  array may start as NULL, count as 0. */
#define MEM_PUSH(context, array, count, value)                                                                      \
    do                                                                                                              \
    {                                                                                                               \
        (array) = memory_grow((context), (array), (count), sizeof *(array), #array);                                \
        (array)[(count)++] = (value);                                                                               \
    } while (0)

#endif
