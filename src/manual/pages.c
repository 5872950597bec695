/* The parts of matswap(1) and matswap.ini(5), as mdoc(7). */
#include <ctype.h>
#include <string.h>

#include "manual.h"
#include "matswap/markdown.h"
#include "matswap/memory.h"

enum
{
    EXAMPLE_WIDTH = 66 /* what an indented remark may take of a page of 78 columns */
};

/* ---- matswap(1) --------------------------------------------------------------------------------------------- */

/* A usage line: what is typed as it stands is bold, what stands for something is underlined. */
static void add_usage(Text *text, const char *usage)
{
    static const char signs[] = "[]|= ";
    while (*usage != '\0')
    {
        size_t length = strcspn(usage, signs);
        if (length == 0)
        {
            text_add_bytes(text, usage++, 1);
            continue;
        }
        char *word = mem_strndup(text, usage, length);
        text_add(text, isupper((unsigned char) word[0]) ? "\\fI" : "\\fB");
        roff_add_literal(text, word);
        text_add(text, "\\fR");
        usage += length;
    }
    text_add(text, "\n");
}

void manual_add_synopsis(Text *text)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
    {
        text_add(text, ".Nm\n.Op Fl c Ar FILE\n");
        add_usage(text, cli_commands[i]->usage);
    }
    text_add(text, ".Nm\n.Cm help\n.Op Ar COMMAND | KEY\n");
}

static void add_examples(Text *text, const CliText *help)
{
    text_add(text, ".Bd -literal -offset indent\n");
    for (size_t i = 0; i < help->example_count; i++)
    {
        Text *example = text_new(text);
        text_addf(example, "%s\n", help->examples[i].line);
        if (help->examples[i].remark[0] != '\0')
        {
            text_add(example, "    ");
            text_add_wrapped(example, help->examples[i].remark, 4, 4, EXAMPLE_WIDTH);
            text_add(example, "\n");
        }
        roff_add_literal(text, example->data);
        talloc_free(example);
    }
    text_add(text, ".Ed\n");
}

void manual_add_commands(Text *text)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
    {
        const CliText *help = cli_text(text, cli_commands[i]);
        text_addf(text, ".Ss %s\n", cli_commands[i]->name);
        for (size_t j = 0; j < help->paragraph_count; j++)
        {
            text_add(text, j > 0 ? ".Pp\n" : "");
            roff_add_prose(text, help->paragraphs[j]);
            text_add(text, "\n");
        }
        add_examples(text, help);
    }
}

/* A line of the help as a sentence. */
static void add_sentence(Text *text, const char *line)
{
    char *sentence = mem_strdup(text, line);
    sentence[0] = (char) toupper((unsigned char) sentence[0]);
    roff_add_prose(text, sentence);
    text_add(text, ".\n");
}

static void add_formats(Text *text)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
    {
        const Command *command = cli_commands[i];
        if (command->formats == NULL)
            continue;
        text_addf(text, "For\n.Cm %s\none of", command->name);
        for (size_t j = 0; command->formats[j] != NULL; j++)
            text_addf(text, "%s \\fB%s\\fR", j > 0 ? "," : "", command->formats[j]);
        text_add(text, ".\n");
    }
}

/* Whose option it is. */
static void add_commands_of(Text *text, const Option *option)
{
    const char *separator = "For";
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        if (cli_option_belongs(option, cli_commands[i]))
        {
            text_addf(text, "%s \\fB%s\\fR", separator, cli_commands[i]->name);
            separator = ",";
        }
    text_add(text, ".\n");
}

static void add_option(Text *text, const Option *option)
{
    text_add(text, ".It");
    if (option->letter != 0)
    {
        text_addf(text, " Fl %c", option->letter);
        text_addf(text, option->argument != NULL ? " Ar %s ," : " ,", option->argument);
    }
    text_addf(text, " Fl -%s", option->name);
    if (option->argument != NULL)
        text_addf(text, " Ns = Ns Ar %s", option->argument);
    text_add(text, "\n");
    if (option->bit == CLI_FORMAT)
        add_formats(text);
    else
        add_sentence(text, option->help);
    if (option->more != NULL)
    {
        roff_add_prose(text, option->more);
        text_add(text, "\n");
    }
    if (option->bit != CLI_EVERYWHERE)
        add_commands_of(text, option);
}

void manual_add_options(Text *text)
{
    const char *heading = NULL;
    for (size_t i = 0; i < cli_option_count; i++)
    {
        const Option *option = &cli_options[i];
        const char *group = option->bit == CLI_EVERYWHERE ? "Of every command"
                            : option->group != NULL       ? option->group
                                                          : "Options";
        if (heading == NULL || strcmp(heading, group) != 0)
            text_addf(text, "%s.Ss %s\n.Bl -tag -width Ds\n", heading != NULL ? ".El\n" : "", group);
        heading = group;
        add_option(text, option);
    }
    text_add(text, ".El\n");
}

void manual_add_exit_codes(Text *text)
{
    text_add(text, ".Bl -tag -width Ds\n");
    for (const CliExitCode *code = cli_exit_codes; code->meaning != NULL; code++)
    {
        text_addf(text, ".It %d\n", code->code);
        add_sentence(text, code->meaning);
    }
    text_add(text, ".El\n");
}

/* ---- matswap.ini(5) ----------------------------------------------------------------------------------------- */

/* What is open, so that it is closed before something else begins. */
typedef struct Page
{
    Text *text;
    bool in_entries; /* a list of keys */
    bool in_list;    /* of the page, or of the parts of an entry */
    bool fresh;      /* nothing stands yet under the last heading or key: no .Pp */
} Page;

static void close_list(Page *page)
{
    text_add(page->text, page->in_list ? ".El\n" : "");
    page->in_list = false;
}

static void add_heading(Page *page, const MarkdownBlock *block)
{
    if (block->level >= 3 && !page->in_entries)
        text_add(page->text, ".Bl -tag -width Ds\n");
    else if (block->level < 3 && page->in_entries)
        text_add(page->text, ".El\n");
    page->in_entries = block->level >= 3;
    if (block->level == 1)
        text_add(page->text, ".Sh DESCRIPTION\n");
    else if (block->level == 2)
    {
        text_add(page->text, ".Sh ");
        for (const char *c = block->text; *c != '\0'; c++)
            text_addf(page->text, "%c", toupper((unsigned char) *c));
        text_add(page->text, "\n");
    }
    else
    {
        text_add(page->text, ".It ");
        roff_add_prose(page->text, block->text);
        text_add(page->text, "\n");
    }
}

/* "Value: a size": in an entry, what precedes the colon is the tag. */
static void add_item(Page *page, const MarkdownBlock *block)
{
    const char *colon = page->in_entries ? strstr(block->text, ": ") : NULL;
    if (!page->in_list)
        text_add(page->text, page->in_entries ? ".Pp\n.Bl -tag -width \"See also:\" -compact\n" : ".Bl -bullet\n");
    page->in_list = true;
    if (colon == NULL)
        text_add(page->text, ".It\n");
    else
        text_addf(page->text, ".It %.*s:\n", (int) (colon - block->text), block->text);
    roff_add_prose(page->text, colon != NULL ? colon + 2 : block->text);
    text_add(page->text, "\n");
}

static void add_block(Page *page, const MarkdownBlock *block)
{
    if (block->kind != MARKDOWN_ITEM)
        close_list(page);
    switch (block->kind)
    {
    case MARKDOWN_HEADING:
        add_heading(page, block);
        break;
    case MARKDOWN_ITEM:
        add_item(page, block);
        break;
    case MARKDOWN_CODE:
        text_add(page->text, ".Bd -literal -offset indent\n");
        roff_add_literal(page->text, block->text);
        text_add(page->text, ".Ed\n");
        break;
    case MARKDOWN_PARAGRAPH:
        text_add(page->text, page->fresh ? "" : ".Pp\n");
        roff_add_prose(page->text, block->text);
        text_add(page->text, "\n");
        break;
    }
    page->fresh = block->kind == MARKDOWN_HEADING;
}

Status manual_add_reference(Text *text, Errors *errors)
{
    Markdown *reference;
    Page page = {.text = text};
    if (markdown_read(text, cli_configuration_reference, "docs/configuration.md", &reference, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < reference->count; i++)
        add_block(&page, &reference->blocks[i]);
    close_list(&page);
    text_add(text, page.in_entries ? ".El\n" : "");
    return STATUS_OK;
}
