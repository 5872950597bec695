/* `matswap help KEY`: what docs/configuration.md says of a key. */
#include <string.h>

#include "matswap/cli.h"
#include "matswap/markdown.h"
#include "matswap/memory.h"
#include "matswap/text.h"

/* Of a link to another page, the page is said; of one within this page, nothing but its text. */
static const char *plain(const void *context, const char *markdown)
{
    size_t count;
    Text *text = text_new(context);
    const MarkdownSpan *spans = markdown_spans(context, markdown, &count);
    for (size_t i = 0; i < count; i++)
    {
        const char *target = spans[i].target != NULL ? spans[i].target : "";
        size_t page = strstr(target, "://") != NULL ? strlen(target) : strcspn(target, "#");
        text_addf(text, spans[i].style == MARKDOWN_LITERAL ? "`%s`" : "%s", spans[i].text);
        if (page > 0 && strncmp(spans[i].text, target, page) != 0)
            text_addf(text, " (%.*s)", (int) page, target);
    }
    return text->data;
}

static void add_code(Text *text, const char *code)
{
    for (size_t length = strcspn(code, "\n"); *code != '\0'; length = strcspn(code, "\n"))
    {
        text_addf(text, "    %.*s\n", (int) length, code);
        code += length + (code[length] == '\n');
    }
}

static void add_block(Text *text, const MarkdownBlock *block, const MarkdownBlock *before)
{
    bool in_list = block->kind == MARKDOWN_ITEM && before->kind == MARKDOWN_ITEM;
    text_add(text, in_list ? "" : "\n");
    if (block->kind == MARKDOWN_CODE)
        add_code(text, block->text);
    else
    {
        size_t indent = block->kind == MARKDOWN_ITEM ? 2 : 0;
        text_add(text, indent > 0 ? "- " : "");
        text_add_wrapped(text, plain(text, block->text), indent, indent, CLI_HELP_WIDTH);
        text_add(text, "\n");
    }
}

/* An entry's heading is the key as code; severity.RULE stands for those of all rules. */
static bool is_about(const char *heading, const char *key)
{
    static const char severity[] = "severity.";
    size_t length = strlen(key);
    if (strncmp(key, severity, strlen(severity)) == 0)
        return strcmp(heading, "`severity.RULE`") == 0;
    return heading[0] == '`' && strncmp(heading + 1, key, length) == 0 && strcmp(heading + 1 + length, "`") == 0;
}

char *cli_key_text(const void *context, const char *key)
{
    Markdown *reference;
    Text *text = text_new(context);
    Errors *errors = errors_new(text);
    if (markdown_read(text, cli_configuration_reference, "docs/configuration.md", &reference, errors) != STATUS_OK)
        reference = mem_new(text, Markdown); /* the build has read it before: there is nothing to say */
    static const char prefix[] = "Section ";
    const char *section = "";
    bool inside = false;
    for (size_t i = 0; i < reference->count; i++)
    {
        const MarkdownBlock *block = &reference->blocks[i];
        bool heading = block->kind == MARKDOWN_HEADING;
        if (heading && block->level < 3)
            section = block->text + (strncmp(block->text, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0);
        inside = heading ? block->level == 3 && is_about(block->text, key) : inside;
        if (heading && inside)
            text_addf(text, "%s%s, in %s of the configuration\n", text->length > 0 ? "\n" : "", key, section);
        else if (inside)
            add_block(text, block, &reference->blocks[i - 1]);
    }
    return text->length > 0 ? text->data : NULL;
}
