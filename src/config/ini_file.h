/*
 * ini_file.h: the ini file as sections and values with their lines, before anything is known about keys.
 * Private to src/config/.
 */
#ifndef MATSWAP_CONFIG_INI_FILE_H
#define MATSWAP_CONFIG_INI_FILE_H

#include <stddef.h>

#include "matswap/error.h"

typedef struct IniValue
{
    const char *key;
    char *text; /* continuation lines joined by one space */
    int line;
} IniValue;

typedef struct IniSection
{
    const char *name; /* what stands between the brackets, trimmed, runs of white space as one space */
    int line;
    IniValue *values;
    size_t value_count;
} IniSection;

typedef struct IniFile
{
    const char *path;
    IniSection *sections;
    size_t section_count;
} IniFile;

/*
 * Reads `path`; *ret_file holds what could be read even when there were errors (STATUS_FAILED), so that the
 * values can be checked in the same go; NULL when the file could not be read at all.
 */
Status ini_file_read(const void *context, const char *path, IniFile **ret_file, Errors *errors) MUST_CHECK;

#endif
