#include "import_internal.h"

#include <string.h>

#include "matswap/memory.h"

static void end_record(CsvScan *scan)
{
    scan->records++;
    scan->ends_copy = scan->length == 2 && memcmp(scan->first, "\\.", 2) == 0;
    scan->length = 0;
}

size_t csv_scan(CsvScan *scan, const char *bytes, size_t length, bool *ret_record)
{
    *ret_record = false;
    for (size_t i = 0; i < length; i++)
    {
        char c = bytes[i];
        bool second = scan->after_return && c == '\n';
        /* a return that no newline follows was a line end by itself: its record ends before this byte */
        if (scan->after_return && !second)
        {
            scan->after_return = false;
            scan->lines++;
            end_record(scan);
            *ret_record = true;
            return i;
        }
        scan->after_return = false;
        if (c == '"')
            scan->quoted = !scan->quoted;
        if (c == '\n')
            scan->lines++;
        if (c == '\n' && !scan->quoted)
        {
            end_record(scan);
            *ret_record = true;
            return i + 1;
        }
        if (c == '\r' && !scan->quoted)
        {
            scan->after_return = true;
            continue;
        }
        if (scan->length < sizeof scan->first)
            scan->first[scan->length] = c;
        scan->length++;
    }
    return length;
}

bool csv_scan_end(CsvScan *scan)
{
    if (scan->after_return || scan->length > 0)
        end_record(scan);
    scan->after_return = false;
    return !scan->quoted;
}

char **csv_fields(const void *context, const char *record, size_t length, size_t *ret_count)
{
    char **fields = NULL;
    size_t count = 0;
    bool quoted = false;
    Text *field = text_new(context);
    for (size_t i = 0; i <= length; i++)
    {
        bool quote = i < length && record[i] == '"';
        if (i == length || (record[i] == ',' && !quoted))
        {
            MEM_PUSH(context, fields, count, field->data);
            field = text_new(context);
        }
        else if (quote && quoted && i + 1 < length && record[i + 1] == '"')
            text_add_bytes(field, &record[i++], 1);
        else if (quote)
            quoted = !quoted;
        else
            text_add_bytes(field, &record[i], 1);
    }
    *ret_count = count;
    return fields;
}
