/* config_internal.h: the sections of the file, each in its own source file.  Private to src/config/. */
#ifndef MATSWAP_CONFIG_INTERNAL_H
#define MATSWAP_CONFIG_INTERNAL_H

#include "value.h"

typedef struct Key
{
    const char *name;
    ValueReader *read;
    size_t offset;     /* of what it fills, in the section's struct */
    const char *usual; /* its default, as one would write it; NULL: absent, or found out from other keys */
} Key;

/* A configuration with every default, child of `context`. */
Config *config_new(const void *context, const char *path, Errors *errors);

/* The keys of each section: config.c, import.c; rules.c (with severity.RULE for each rule) makes its own of VIEW_KEYS. */
extern const Key matswap_keys[], import_keys[];
extern const size_t matswap_key_count, import_key_count;
Key *rule_keys(const void *context, size_t *ret_count);

/* Where a key is known, as messages write it: "view NAME"; NULL: nowhere. */
const char *section_of_key(const char *key);

/* Reads the default of every key that has one into the section's struct. */
void section_fill_usual(const Key *keys, size_t key_count, Loader *loader, void *target);

/* Reads every value of a section by its key table; an unknown key is an error with the nearest known one. */
void section_read(Loader *loader, const IniSection *section, const Key *keys, size_t key_count, void *target);

/* Did the section say `key` (rightly or not)? */
bool section_has(const IniSection *section, const char *key);

/* Into config->stated. */
void stated_add(Config *config, const IniSection *section);

/* [session] into config->session and config->search_path. */
void session_read(Loader *loader, const IniSection *section);

/* [view NAME]; `written` is NAME. */
void rules_read(Loader *loader, const IniSection *section, const char *written);

/* "name" or "schema.name" in [KIND WRITTEN], with the default schema filled in. */
void section_resolve_name(Loader *loader, const char *kind, const char *written, int line, Name *ret_name);

/* Both spellings of every name, for text_nearest: alone where it is in the default schema, and with its schema. */
const char **names_spellings(const void *context, const Config *config, const Name *names, size_t count);

bool names_have(Name name, const Name *names, size_t count);

/* [import NAME]; `written` is NAME. */
void import_read(Loader *loader, const IniSection *section, const char *written);

/* After all sections: which tables the sections name, and whether two name one. */
void imports_resolve(Loader *loader);

/* After all sections, when the default schema is known: which views the sections name, and whether two name one. */
void rules_resolve(Loader *loader);

/* The values of rules (rule_values.c). */
ValueReader rule_read_columns;      /* ColumnNames */
ValueReader rule_read_unique;       /* UniqueKeys */
ValueReader rule_read_check;        /* CheckFiles: read, too */
ValueReader rule_read_compare_keys; /* KeyLimits */
ValueReader rule_read_sample;       /* SampleLimits */
ValueReader rule_read_source_total; /* SourceQuery */
ValueReader rule_read_late_data;    /* LateData */
ValueReader rule_read_bucket;       /* int64_t, milliseconds */

#endif
