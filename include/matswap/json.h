/*
 * json.h: JSON objects, key by key.
 *
 * Every json_… function that writes a member leaves a comma behind it, for the next one; json_end_object and json_end_array
 * take the last one away again.
 */
#ifndef MATSWAP_JSON_H
#define MATSWAP_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "matswap/text.h"

/* "key": with nothing behind it */
void json_key(Text *json, const char *key);

/* NULL becomes null. */
void json_string(Text *json, const char *key, const char *value);
/* An element of an array. */
void json_element(Text *json, const char *value);
/* Below 0, which is "not known", becomes null. */
void json_count(Text *json, const char *key, int64_t value);
void json_milliseconds(Text *json, const char *key, double value);
void json_bool(Text *json, const char *key, bool value);
/* `value` is JSON already; NULL becomes null. */
void json_value(Text *json, const char *key, const char *value);

/* The ends of `{` and `[`, which the caller has written; without a comma behind them. */
void json_end_object(Text *json);
void json_end_array(Text *json);

#endif
