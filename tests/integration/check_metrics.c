/*
 * check_metrics FILE [SERIES]...: is it Prometheus' text format, by the strict reader of the unit tests?  Prints the values of
 * the series, one a line, "-" for one that is not there.
 */
#include <stdio.h>

#include "../unit/prometheus_text.h"
#include "matswap/memory.h"
#include "matswap/text.h"

int main(int argc, char **argv)
{
    void *context = mem_context(NULL);
    char *text = NULL;
    size_t length = 0;
    Errors *errors = errors_new(context);
    if (argc < 2 || text_read_file(context, argv[1], &text, &length, errors) != STATUS_OK)
    {
        fprintf(stderr, "check_metrics: %s\n", argc < 2 ? "which file?" : error_format(context, errors->items[0]));
        return 2;
    }
    const char *wrong = prometheus_check(context, text, length);
    if (wrong != NULL)
        printf("wrong: %s\n", wrong);
    for (int i = 2; i < argc; i++)
    {
        double value;
        if (prometheus_value(context, text, argv[i], &value))
            printf("%.15g\n", value);
        else
            puts("-");
    }
    int code = wrong != NULL ? 1 : 0;
    talloc_free(context);
    return code;
}
