/*
 * markdown.h: the part of Markdown that docs/configuration.md is written in, for `matswap help KEY` and matswap.ini(5).
 *
 * Headings with #, paragraphs, lists with "- " (a line that continues an item is indented by two blanks), code between
 * lines of ```, and within text `code`, **strong** and [text](target).  Anything else that Markdown knows (tables, other
 * lists, quotes, HTML) is an error with its line: what is read here is printed in three ways, and must mean the same in each.
 */
#ifndef MATSWAP_MARKDOWN_H
#define MATSWAP_MARKDOWN_H

#include <stddef.h>

#include "matswap/error.h"

typedef enum MarkdownKind
{
    MARKDOWN_HEADING,
    MARKDOWN_PARAGRAPH,
    MARKDOWN_ITEM,
    MARKDOWN_CODE
} MarkdownKind;

typedef struct MarkdownBlock
{
    MarkdownKind kind;
    int level;        /* of a heading, from 1 */
    const char *text; /* lines joined by a blank; of code: the lines as they are, each with its line end */
    int line;         /* where it begins, from 1 */
} MarkdownBlock;

typedef struct Markdown
{
    MarkdownBlock *blocks;
    size_t count;
} Markdown;

/* `path` is for errors, of kind ERROR_SOURCE.  The result is a child of `context`. */
Status markdown_read(const void *context, const char *text, const char *path, Markdown **ret_markdown,
                     Errors *errors) MUST_CHECK;

typedef enum MarkdownStyle
{
    MARKDOWN_PLAIN,
    MARKDOWN_LITERAL, /* between ` */
    MARKDOWN_STRONG,  /* between ** */
    MARKDOWN_LINK
} MarkdownStyle;

typedef struct MarkdownSpan
{
    MarkdownStyle style;
    const char *text;
    const char *target; /* of a link, else NULL */
} MarkdownSpan;

/* The parts of a block's text, in order.  A mark that is not closed is text. */
MarkdownSpan *markdown_spans(const void *context, const char *text, size_t *ret_count);

#endif
