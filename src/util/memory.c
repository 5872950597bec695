#include "matswap/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void memory_exhausted(void)
{
    static const char line[] = "matswap: out of memory; the old generation serves, run `matswap run` again\n";
    fwrite(line, 1, sizeof line - 1, stderr);
    exit(1);
}

void *memory_checked(void *pointer)
{
    if (pointer == NULL)
        memory_exhausted();
    return pointer;
}

char *mem_strdup(const void *context, const char *text)
{
    return text == NULL ? NULL : memory_checked(talloc_strdup(context, text));
}

char *mem_strndup(const void *context, const char *text, size_t length)
{
    return memory_checked(talloc_strndup(context, text, length));
}

char *mem_printf(const void *context, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = talloc_vasprintf(context, format, arguments);
    va_end(arguments);
    return memory_checked(text);
}

void *memory_grow(const void *context, void *array, size_t count, size_t element_size, const char *type_name)
{
    size_t capacity = array == NULL ? 0 : talloc_get_size(array) / element_size;
    if (count < capacity)
        return array;
    size_t wanted = capacity < 4 ? 8 : capacity * 2;
    if (wanted > UINT32_MAX)
        memory_exhausted();
    return memory_checked(_talloc_realloc_array(context, array, element_size, (unsigned) wanted, type_name));
}
