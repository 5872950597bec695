/*
 * prometheus_text.h: a strict reader of Prometheus' text format, for tests.  It takes what the format's page allows and nothing
 * else, and wants of a file what matswap promises: every family has help and type and is in one piece, no series comes twice,
 * no timestamps, names by the conventions.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
#ifndef MATSWAP_TESTS_PROMETHEUS_TEXT_H
#define MATSWAP_TESTS_PROMETHEUS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* NULL: it is right; else what is wrong, with the line; child of `context`. */
char *prometheus_check(const void *context, const char *text, size_t length);

/* The value of a series, written as NAME{label="value",…} with the labels in their order and unescaped; false: none. */
bool prometheus_value(const void *context, const char *text, const char *series, double *ret_value);

#endif
