/*
 * markup.h: how text becomes HTML.  Private to src/page/.
 *
 * Markup itself is written with text_add and text_addf, from literals and numbers only.  Every string that is not a
 * literal of ours goes through markup_text or one of those below it.
 */
#ifndef MATSWAP_PAGE_MARKUP_H
#define MATSWAP_PAGE_MARKUP_H

#include "matswap/name.h"
#include "matswap/text.h"

/*
 * Appends `text` for an element's content or between the double quotes of an attribute.  Control characters, those that
 * turn the direction of writing around, and what is no UTF-8 are written as \x1b, \u202e; line ends and tabs stay.
 */
void markup_text(Text *html, const char *text);

/* ` attribute="value"` */
void markup_attribute(Text *html, const char *attribute, const char *value);

/* What somebody else has written, with a direction of its own: <bdi>…</bdi>; NULL: a dash. */
void markup_foreign(Text *html, const char *text);

/* A name as SQL writes it, the same way. */
void markup_name(Text *html, Name name);

/* The same in <code>, for a value that a program reads; NULL: a dash. */
void markup_code(Text *html, const char *text);

/* <time>: "2026-11-21 08:30:00" of what the journal writes; NULL: a dash. */
void markup_time(Text *html, const char *time);

/* The first and the last of `text`, `width` characters at most, with an ellipsis between them; child of `context`. */
char *markup_shortened(const void *context, const char *text, size_t width);

#endif
