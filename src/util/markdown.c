#include "matswap/markdown.h"

#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct Reader
{
    const char *path;
    Markdown *markdown;
    Text *open; /* the text of the last block, while it may go on; NULL: a new one begins */
    Errors *errors;
    int line;
} Reader;

static void complain(const Reader *reader, const char *what)
{
    error_at(errors_add(reader->errors, ERROR_SOURCE, "%s is not in the part of Markdown that is read here", what),
             reader->path, reader->line, 0);
}

static void begin(Reader *reader, MarkdownKind kind, int level, const char *text, size_t length)
{
    MarkdownBlock block = {.kind = kind, .level = level, .line = reader->line};
    reader->open = text_new(reader->markdown);
    text_add_bytes(reader->open, text, length);
    block.text = reader->open->data;
    MEM_PUSH(reader->markdown, reader->markdown->blocks, reader->markdown->count, block);
}

/* A Text may move when it grows. */
static void go_on(Reader *reader, const char *separator, const char *text, size_t length)
{
    text_add(reader->open, separator);
    text_add_bytes(reader->open, text, length);
    reader->markdown->blocks[reader->markdown->count - 1].text = reader->open->data;
}

static void close_block(Reader *reader)
{
    reader->open = NULL;
}

static void read_heading(Reader *reader, const char *line, size_t length)
{
    size_t level = strspn(line, "#");
    if (line[level] != ' ')
    {
        complain(reader, "a # without a blank after it");
        return;
    }
    begin(reader, MARKDOWN_HEADING, (int) level, line + level + 1, length - level - 1);
    close_block(reader);
}

static const char *what_else(const char *line, size_t length)
{
    size_t digits = strspn(line, "0123456789");
    if (line[0] == '|')
        return "a table";
    if (line[0] == '>')
        return "a quote";
    if (line[0] == '<')
        return "HTML";
    if (digits > 0 && digits < length && line[digits] == '.' && line[digits + 1] == ' ')
        return "a list with numbers";
    if (strncmp(line, "* ", 2) == 0 || strncmp(line, "+ ", 2) == 0)
        return "a list with another sign than -";
    return NULL;
}

static void read_line(Reader *reader, const char *line, size_t length)
{
    size_t indented = strspn(line, " ");
    bool in_item = reader->open != NULL && reader->markdown->blocks[reader->markdown->count - 1].kind == MARKDOWN_ITEM;
    const char *other = what_else(line + indented, length - indented);
    if (indented >= length)
        close_block(reader);
    else if (other != NULL)
        complain(reader, other);
    else if (line[0] == '#')
        read_heading(reader, line, length);
    else if (strncmp(line, "- ", 2) == 0)
        begin(reader, MARKDOWN_ITEM, 0, line + 2, length - 2);
    else if (in_item && indented == 2)
        go_on(reader, " ", line + 2, length - 2);
    else if (in_item || indented > 0)
        complain(reader, "this indentation");
    else if (reader->open != NULL)
        go_on(reader, " ", line, length);
    else
        begin(reader, MARKDOWN_PARAGRAPH, 0, line, length);
}

Status markdown_read(const void *context, const char *text, const char *path, Markdown **ret_markdown, Errors *errors)
{
    static const char fence[] = "```";
    size_t before = errors->count;
    Reader reader = {.path = path, .markdown = mem_new(context, Markdown), .errors = errors};
    bool in_code = false;
    while (*text != '\0')
    {
        size_t length = strcspn(text, "\n");
        reader.line++;
        if (strncmp(text, fence, strlen(fence)) == 0)
        {
            in_code = !in_code;
            close_block(&reader);
            if (in_code)
                begin(&reader, MARKDOWN_CODE, 0, "", 0);
        }
        else if (in_code)
        {
            go_on(&reader, "", text, length);
            go_on(&reader, "\n", "", 0);
        }
        else
            read_line(&reader, text, length);
        text += length + (text[length] == '\n');
    }
    if (in_code)
        complain(&reader, "code without an end");
    if (errors_since(errors, before) != STATUS_OK)
    {
        talloc_free(reader.markdown);
        return STATUS_FAILED;
    }
    *ret_markdown = reader.markdown;
    return STATUS_OK;
}

/* ---- within a text ------------------------------------------------------------------------------------------ */

/* The ] that belongs to the [ at `text`, not within `code`; NULL: there is none. */
static const char *closing_bracket(const char *text)
{
    int depth = 0;
    bool literal = false;
    for (; *text != '\0'; text++)
    {
        if (*text == '`')
            literal = !literal;
        else if (!literal && *text == '[')
            depth++;
        else if (!literal && *text == ']' && --depth == 0)
            return text;
    }
    return NULL;
}

/* The span that begins here; its length in the text is returned, 0 if there is none. */
static size_t read_span(const void *context, const char *text, MarkdownSpan *ret_span)
{
    const char *end = NULL;
    size_t mark = 1;
    MarkdownSpan span = {0};
    if (text[0] == '`')
        end = strchr(text + 1, '`'), span.style = MARKDOWN_LITERAL;
    else if (strncmp(text, "**", 2) == 0)
        end = strstr(text + 2, "**"), span.style = MARKDOWN_STRONG, mark = 2;
    else if (text[0] == '[')
        end = closing_bracket(text), span.style = MARKDOWN_LINK;
    if (end == NULL || end == text + mark)
        return 0;
    span.text = mem_strndup(context, text + mark, (size_t) (end - text) - mark);
    size_t length = (size_t) (end - text) + mark;
    if (span.style == MARKDOWN_LINK)
    {
        const char *close = end[1] == '(' ? strchr(end, ')') : NULL;
        if (close == NULL)
            return 0;
        span.target = mem_strndup(context, end + 2, (size_t) (close - end) - 2);
        length = (size_t) (close - text) + 1;
    }
    *ret_span = span;
    return length;
}

MarkdownSpan *markdown_spans(const void *context, const char *text, size_t *ret_count)
{
    MarkdownSpan *spans = NULL;
    const char *plain = text;
    *ret_count = 0;
    while (*text != '\0')
    {
        MarkdownSpan span;
        size_t length = read_span(context, text, &span);
        if (length == 0)
        {
            text++;
            continue;
        }
        if (text > plain)
            MEM_PUSH(context, spans, *ret_count,
                     ((MarkdownSpan){.text = mem_strndup(context, plain, (size_t) (text - plain))}));
        MEM_PUSH(context, spans, *ret_count, span);
        text += length;
        plain = text;
    }
    if (text > plain)
        MEM_PUSH(context, spans, *ret_count, ((MarkdownSpan){.text = mem_strdup(context, plain)}));
    return spans;
}
