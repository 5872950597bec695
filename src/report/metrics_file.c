/* metrics_file.c: the file of the metrics, in one piece at any moment; its name beside does not end in .prom. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "matswap/file.h"
#include "matswap/metrics.h"

#define EVERYBODY_READS (S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) /* the collector is somebody else */

Status metrics_write(const char *path, const char *text, Errors *errors)
{
    if (file_replace(path, text, strlen(text), EVERYBODY_READS))
        return STATUS_OK;
    error_remedy(
        error_at(errors_add(errors, ERROR_SYSTEM, "the metrics cannot be written: %s", strerror(errno)), path, 0, 0),
        "let the user that runs matswap make files in its folder");
    return STATUS_FAILED;
}
