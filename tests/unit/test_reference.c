/*
 * Covers docs/configuration.md against the code: every key that src/config/ reads has one entry, in its section, with all
 * its parts, the default that the code has, and an example that the code takes.  Also src/util/markdown.c, which reads it.
 */
#include "config_fixture.h"
#include "matswap/markdown.h"

static const char page[] = "docs/configuration.md";

typedef struct Entry
{
    const char *section; /* "matswap", "view", "import" */
    const char *key;
    size_t meanings; /* paragraphs before the list */
    const char **items;
    size_t item_count;
    int line;
} Entry;

static const char *const parts[] = {"Value: ", "Default: ", "Example: ", "Since: ", "See also: "};
enum
{
    PART_DEFAULT = 1,
    PART_EXAMPLE = 2,
    PART_COUNT = sizeof parts / sizeof parts[0]
};

static Markdown *read_page(Fixture *fixture)
{
    char *text;
    Markdown *markdown;
    assert_int_equal(text_read_file(fixture, page, &text, NULL, fixture->errors), STATUS_OK);
    Status status = markdown_read(fixture, text, page, &markdown, fixture->errors);
    for (size_t i = 0; i < fixture->errors->count; i++)
        print_error("%s\n", error_format(fixture, fixture->errors->items[i]));
    assert_int_equal(status, STATUS_OK);
    return markdown;
}

static const char *unquoted(Fixture *fixture, const char *text)
{
    size_t length = strlen(text);
    if (length < 2 || text[0] != '`' || text[length - 1] != '`' || strchr(text + 1, '`') != text + length - 1)
        return NULL;
    return mem_strndup(fixture, text + 1, length - 2);
}

/* "Section [view NAME]": view; NULL for a heading of prose. */
static const char *section_word(Fixture *fixture, const char *heading)
{
    static const char prefix[] = "Section [";
    if (strncmp(heading, prefix, strlen(prefix)) != 0)
        return NULL;
    return mem_strndup(fixture, heading + strlen(prefix), strcspn(heading + strlen(prefix), " ]"));
}

static Entry *read_entries(Fixture *fixture, size_t *ret_count)
{
    Entry *entries = NULL;
    const char *section = NULL;
    const Markdown *markdown = read_page(fixture);
    bool inside = false;
    *ret_count = 0;
    for (size_t i = 0; i < markdown->count; i++)
    {
        const MarkdownBlock *block = &markdown->blocks[i];
        if (block->kind == MARKDOWN_HEADING)
        {
            section = block->level == 3 ? section : section_word(fixture, block->text);
            inside = block->level == 3;
            Entry entry = {.section = section, .key = unquoted(fixture, block->text), .line = block->line};
            if (inside)
                MEM_PUSH(fixture, entries, *ret_count, entry);
        }
        else if (inside && block->kind == MARKDOWN_PARAGRAPH)
            entries[*ret_count - 1].meanings += entries[*ret_count - 1].item_count == 0;
        else if (inside && block->kind == MARKDOWN_ITEM)
            MEM_PUSH(fixture, entries[*ret_count - 1].items, entries[*ret_count - 1].item_count, block->text);
    }
    return entries;
}

/* severity.tolerance and its kin have one entry. */
static const char *entry_key(const char *key)
{
    return strncmp(key, "severity.", strlen("severity.")) == 0 ? "severity.RULE" : key;
}

static size_t count_entries(const Entry *entries, size_t count, const char *section, const char *key)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += entries[i].section != NULL && entries[i].key != NULL && strcmp(entries[i].section, section) == 0 &&
                 strcmp(entries[i].key, key) == 0;
    return found;
}

static const ConfigKey *find_key(const ConfigKey *keys, size_t count, const Entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].section, entry->section) == 0 && strcmp(entry_key(keys[i].name), entry->key) == 0)
            return &keys[i];
    return NULL;
}

static void every_key_has_one_entry(void **state)
{
    Fixture *fixture = *state;
    size_t entry_count;
    size_t key_count;
    const Entry *entries = read_entries(fixture, &entry_count);
    const ConfigKey *keys = config_keys(fixture, &key_count);
    assert_true(key_count > 40);
    for (size_t i = 0; i < key_count; i++)
        if (count_entries(entries, entry_count, keys[i].section, entry_key(keys[i].name)) != 1)
            fail_msg("%s: [%s] %s has %zu entries: write one, \"### `%s`\"", page, keys[i].section, keys[i].name,
                     count_entries(entries, entry_count, keys[i].section, entry_key(keys[i].name)), keys[i].name);
}

static void no_entry_is_of_what_the_code_does_not_know(void **state)
{
    Fixture *fixture = *state;
    size_t entry_count;
    size_t key_count;
    const Entry *entries = read_entries(fixture, &entry_count);
    const ConfigKey *keys = config_keys(fixture, &key_count);
    for (size_t i = 0; i < entry_count; i++)
    {
        const Entry *entry = &entries[i];
        if (entry->key == NULL || entry->section == NULL || find_key(keys, key_count, entry) == NULL)
            fail_msg("%s:%d: this is no key of its section", page, entry->line);
    }
}

static void every_entry_has_all_its_parts(void **state)
{
    Fixture *fixture = *state;
    size_t count;
    const Entry *entries = read_entries(fixture, &count);
    for (size_t i = 0; i < count; i++)
    {
        const Entry *entry = &entries[i];
        if (entry->meanings == 0)
            fail_msg("%s:%d: %s has no meaning", page, entry->line, entry->key);
        if (entry->item_count != PART_COUNT)
            fail_msg("%s:%d: %s has %zu parts, and should have %d", page, entry->line, entry->key, entry->item_count,
                     PART_COUNT);
        for (size_t part = 0; part < PART_COUNT; part++)
            if (strncmp(entry->items[part], parts[part], strlen(parts[part])) != 0 ||
                entry->items[part][strlen(parts[part])] == '\0')
                fail_msg("%s:%d: %s has \"%s\" where \"%s…\" belongs", page, entry->line, entry->key, entry->items[part],
                         parts[part]);
    }
}

/* The code's tables have defaults as one would write them, and are what makes them (test_config.c has their values). */
static void every_default_is_the_codes(void **state)
{
    Fixture *fixture = *state;
    size_t entry_count;
    size_t key_count;
    const Entry *entries = read_entries(fixture, &entry_count);
    const ConfigKey *keys = config_keys(fixture, &key_count);
    for (size_t i = 0; i < entry_count; i++)
    {
        const ConfigKey *key = find_key(keys, key_count, &entries[i]);
        const char *said = entries[i].items[PART_DEFAULT] + strlen(parts[PART_DEFAULT]);
        const char *value = unquoted(fixture, said);
        if (key->usual == NULL ? said[0] == '`' : !text_equal(value, key->usual))
            fail_msg("%s:%d: the default of %s is %s, not %s", page, entries[i].line, key->name,
                     key->usual != NULL ? key->usual : "none in the code", said);
    }
}

/* What a rule's example needs beside it: a key of the same section that the loader wants to see. */
static const char *company(const char *key)
{
    static const char *const times[] = {"max_lag", "max_future", "allowed_lateness", "late_data", "bucket"};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (strcmp(key, times[i]) == 0)
            return "event_time = at\n";
    if (strcmp(key, "compare_keys") == 0 || strcmp(key, "sample") == 0)
        return "unique = id\n";
    if (strcmp(key, "source_tolerance") == 0)
        return "source_total = SELECT 1\n";
    if (strcmp(key, "timeout") == 0)
        return "command = x\n";
    return "";
}

static const char *section_text(Fixture *fixture, const Entry *entry, const char *example)
{
    const char *company_line = company(entry->key);
    if (strcmp(entry->section, "matswap") == 0)
        return mem_printf(fixture, "[matswap]\n%s%s%s\n", strcmp(entry->key, "set") == 0 ? "" : "set = s\n",
                          strcmp(entry->key, "queries") == 0 ? "" : "queries = q\n", example);
    if (strcmp(entry->section, "import") == 0 && strcmp(entry->key, "file") != 0 && strcmp(entry->key, "command") != 0 &&
        company_line[0] == '\0')
        company_line = "file = x\n";
    return mem_printf(fixture, MINIMAL "[%s x]\n%s%s\n", entry->section, company_line, example);
}

static void every_example_is_taken(void **state)
{
    Fixture *fixture = *state;
    size_t count;
    const Entry *entries = read_entries(fixture, &count);
    char *checks = mem_printf(fixture, "%s/checks", fixture->folder);
    assert_int_equal(system(mem_printf(fixture, "mkdir '%s' && echo 'SELECT 1' > '%s/no_gaps.sql'", checks, checks)), 0);
    for (size_t i = 0; i < count; i++)
    {
        const Entry *entry = &entries[i];
        const char *example = unquoted(fixture, entry->items[PART_EXAMPLE] + strlen(parts[PART_EXAMPLE]));
        size_t length = strcmp(entry->key, "severity.RULE") == 0 ? strlen("severity.") : strlen(entry->key);
        if (example == NULL || strncmp(example, entry->key, length) != 0)
            fail_msg("%s:%d: the example of %s is no line with that key", page, entry->line, entry->key);
        load(fixture, section_text(fixture, entry, example));
        /* what the example says is not what holds anyway */
        size_t key_count;
        const ConfigKey *key = find_key(config_keys(fixture, &key_count), key_count, entry);
        const char *value = strchr(example, '=') + 2;
        if (text_equal(value, key->usual))
            fail_msg("%s:%d: the example of %s is its default", page, entry->line, entry->key);
    }
    assert_int_equal(system(mem_printf(fixture, "rm -r '%s'", checks)), 0);
}

static void a_key_of_another_section_is_told_where_it_belongs(void **state)
{
    Fixture *fixture = *state;
    assert_line_fails(fixture, "max_shrink = 1%", "4: unknown key max_shrink in [matswap]; it belongs to [view NAME]\n");
    assert_line_fails(fixture, "[view x]\njobs = 1", "5: unknown key jobs in [view x]; it belongs to [matswap]\n");
    assert_line_fails(fixture, "[view x]\nencoding = UTF8",
                      "5: unknown key encoding in [view x]; it belongs to [import NAME]\n");
}

/* ---- Markdown ----------------------------------------------------------------------------------------------- */

static void markdown_is_read_in_blocks(void **state)
{
    Fixture *fixture = *state;
    static const MarkdownBlock expected[] = {
        {MARKDOWN_HEADING, 1, "A page", 1},      {MARKDOWN_PARAGRAPH, 0, "of two lines", 2},
        {MARKDOWN_HEADING, 3, "`key`", 4},       {MARKDOWN_ITEM, 0, "one which goes on", 6},
        {MARKDOWN_ITEM, 0, "two", 8},            {MARKDOWN_CODE, 0, "# no heading\n\n- no item\n", 9},
        {MARKDOWN_PARAGRAPH, 0, "The end", 14},
    };
    Markdown *markdown;
    assert_int_equal(markdown_read(fixture, "# A page\nof two\nlines\n### `key`\n\n- one\n  which goes on\n- two\n"
                                            "```sh\n# no heading\n\n- no item\n```\nThe end",
                                   "x.md", &markdown, fixture->errors),
                     STATUS_OK);
    assert_int_equal(markdown->count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < markdown->count; i++)
    {
        assert_int_equal(markdown->blocks[i].kind, expected[i].kind);
        assert_string_equal(markdown->blocks[i].text, expected[i].text);
        assert_int_equal(markdown->blocks[i].line, expected[i].line);
        assert_int_equal(markdown->blocks[i].level, expected[i].level);
    }
}

static void markdown_of_other_kinds_is_refused(void **state)
{
    Fixture *fixture = *state;
    static const struct
    {
        const char *text;
        const char *what;
        int line;
    } cases[] = {
        {"a\n\n| b |\n", "a table", 3},   {"> a\n", "a quote", 1},
        {"<b>a</b>\n", "HTML", 1},        {"1. a\n", "a list with numbers", 1},
        {"* a\n", "a list with another sign than -", 1}, {"#a\n", "a # without a blank after it", 1},
        {"- a\n    - b\n", "this indentation", 2},       {"    code\n", "this indentation", 1},
        {"```\na\n", "code without an end", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
        Markdown *markdown = NULL;
        errors_truncate(fixture->errors, 0);
        assert_int_equal(markdown_read(fixture, cases[i].text, "x.md", &markdown, fixture->errors), STATUS_FAILED);
        assert_null(markdown);
        assert_string_equal(error_line(fixture, fixture->errors->items[0]),
                            mem_printf(fixture, "x.md:%d: %s is not in the part of Markdown that is read here",
                                       cases[i].line, cases[i].what));
    }
}

static void text_is_read_in_spans(void **state)
{
    Fixture *fixture = *state;
    static const MarkdownSpan expected[] = {
        {MARKDOWN_PLAIN, "a ", NULL},          {MARKDOWN_LITERAL, "b*", NULL},  {MARKDOWN_PLAIN, " [c] ", NULL},
        {MARKDOWN_STRONG, "d", NULL},          {MARKDOWN_PLAIN, ", ", NULL},    {MARKDOWN_LINK, "`[e]`", "f.md#g"},
        {MARKDOWN_PLAIN, " 2 ** 3 `h", NULL},
    };
    size_t count;
    const MarkdownSpan *spans = markdown_spans(fixture, "a `b*` [c] **d**, [`[e]`](f.md#g) 2 ** 3 `h", &count);
    assert_int_equal(count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < count; i++)
    {
        assert_int_equal(spans[i].style, expected[i].style);
        assert_string_equal(spans[i].text, expected[i].text);
        assert_true(text_equal(spans[i].target, expected[i].target));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_key_has_one_entry),
        TEST(no_entry_is_of_what_the_code_does_not_know),
        TEST(every_entry_has_all_its_parts),
        TEST(every_default_is_the_codes),
        TEST(every_example_is_taken),
        TEST(a_key_of_another_section_is_told_where_it_belongs),
        TEST(markdown_is_read_in_blocks),
        TEST(markdown_of_other_kinds_is_refused),
        TEST(text_is_read_in_spans),
    };
    return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
