#include "matswap/json.h"

#include <inttypes.h>

void json_key(Text *json, const char *key)
{
    text_add_json(json, key);
    text_add(json, ":");
}

void json_string(Text *json, const char *key, const char *value)
{
    json_key(json, key);
    json_element(json, value);
}

void json_element(Text *json, const char *value)
{
    text_add_json(json, value);
    text_add(json, ",");
}

void json_count(Text *json, const char *key, int64_t value)
{
    json_key(json, key);
    if (value < 0)
        text_add(json, "null,");
    else
        text_addf(json, "%" PRId64 ",", value);
}

void json_milliseconds(Text *json, const char *key, double value)
{
    json_key(json, key);
    if (value < 0)
        text_add(json, "null,");
    else
        text_addf(json, "%.3f,", value);
}

void json_bool(Text *json, const char *key, bool value)
{
    json_key(json, key);
    text_addf(json, "%s,", value ? "true" : "false");
}

void json_value(Text *json, const char *key, const char *value)
{
    json_key(json, key);
    text_addf(json, "%s,", value != NULL ? value : "null");
}

static void end(Text *json, const char *bracket)
{
    if (json->length > 0 && json->data[json->length - 1] == ',')
        json->data[--json->length] = '\0';
    text_add(json, bracket);
}

void json_end_object(Text *json)
{
    end(json, "}");
}

void json_end_array(Text *json)
{
    end(json, "]");
}
