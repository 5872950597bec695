/* defect.c: the end for contradictions that no user can cause. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "connection_internal.h"

void pg_defect(const char *format, ...)
{
    va_list arguments;
    fputs("matswap: internal: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
