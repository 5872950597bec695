/* value.h: JSON of the journal, as a tree.  Private to src/page/. */
#ifndef MATSWAP_PAGE_VALUE_H
#define MATSWAP_PAGE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct yajl_val_s Value;

/* A tree that lives as long as `context`; NULL for NULL and what is no JSON. */
const Value *value_parse(const void *context, const char *json);

/* The member of this name; NULL where `object` is none, or has none.  Any of these may be given NULL. */
const Value *value_member(const Value *object, const char *name);

/* Elements of an array, 0 of anything else. */
size_t value_count(const Value *array);
const Value *value_element(const Value *array, size_t index);

/* What it is, as text: a string, a number as it is written, true, false; NULL for null and the rest. */
const char *value_text(const Value *value);
/* -1: not a whole number */
int64_t value_integer(const Value *value);
bool value_is_true(const Value *value);

#endif
