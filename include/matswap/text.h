/*
 * text.h: a string that grows, and the few questions about strings that libc does not answer.
 */
#ifndef MATSWAP_TEXT_H
#define MATSWAP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "matswap/error.h"

typedef struct Text
{
    char *data;    /* always ends with a NUL byte; talloc child of this Text */
    size_t length; /* without the NUL */
} Text;

Text *text_new(const void *context);
void text_add(Text *text, const char *string);
void text_add_bytes(Text *text, const char *bytes, size_t length);
void text_addf(Text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends `string` as a JSON string with its quotes; NULL becomes null.  Invalid UTF-8 becomes U+FFFD. */
void text_add_json(Text *text, const char *string);

/* Appends `string` on one line of a terminal or a comment: control characters and invalid UTF-8 as \xNN. */
void text_add_visible(Text *text, const char *string);

/* Length in bytes of the character at the start of `string`, which is not empty; 0 if it is no valid UTF-8. */
size_t text_utf8_length(const char *string);

/*
 * Appends the words of `string`, which stand between blanks, so that no line is wider than `width` (a character per code
 * point); the first is at `column`, lines that follow begin with `indent` blanks.  A word that is wider stands alone.
 */
void text_add_wrapped(Text *text, const char *string, size_t column, size_t indent, size_t width);

/* Columns on a terminal, near enough: one per code point. */
size_t text_width(const char *string);

/* `string` as one word for a POSIX shell: bare where it can be, else in quotes; owned by `context`. */
char *text_shell_word(const void *context, const char *string);

/* The nearest of `candidates` (NULL-terminated) by edit distance, or NULL if none is near enough to suggest. */
const char *text_nearest(const char *word, const char *const *candidates);

/* Is `a` equal to `b`, either of which may be NULL? */
bool text_equal(const char *a, const char *b);

/* The whole file as a NUL-terminated string; its length without the NUL in *ret_length (may be NULL). */
Status text_read_file(const void *context, const char *path, char **ret_text, size_t *ret_length,
                      Errors *errors) MUST_CHECK;

#endif
