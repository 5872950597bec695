/* Numbers as people read them. */
#include <inttypes.h>

#include "matswap/memory.h"
#include "matswap/report.h"

char *report_count(const void *context, int64_t count)
{
    char *digits = mem_printf(NULL, "%" PRId64, count);
    size_t length = talloc_get_size(digits) - 1;
    size_t sign = count < 0 ? 1 : 0;
    char *result = mem_array(context, char, length + length / 3 + 1);
    char *out = result;
    for (size_t i = 0; i < length; i++)
    {
        if (i > sign && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    talloc_free(digits);
    return result;
}

/* Powers of 1024 under the names that pg_size_pretty gives them. */
char *report_bytes(const void *context, int64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1024)
        return mem_printf(context, "%" PRId64 " bytes", bytes);
    double size = (double) bytes / 1024;
    size_t unit = 0;
    while (size >= 1023.5 && unit + 1 < sizeof units / sizeof units[0]) /* 1023.5 would print as 1024 */
    {
        size /= 1024;
        unit++;
    }
    return mem_printf(context, size < 9.95 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

char *report_duration(const void *context, double milliseconds)
{
    if (milliseconds < 9.95)
        return mem_printf(context, "%.1f ms", milliseconds);
    if (milliseconds < 999.5)
        return mem_printf(context, "%.0f ms", milliseconds);
    double seconds = milliseconds / 1000;
    if (seconds < 59.95)
        return mem_printf(context, "%.1f s", seconds);
    int64_t whole = (int64_t) (seconds + 0.5);
    if (whole < 3600)
        return mem_printf(context, "%" PRId64 " min %02" PRId64 " s", whole / 60, whole % 60);
    int64_t minutes = (int64_t) (seconds / 60 + 0.5);
    return mem_printf(context, "%" PRId64 " h %02" PRId64 " min", minutes / 60, minutes % 60);
}
