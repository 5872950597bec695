#include "sql_internal.h"

#include <ctype.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"

const char *rewrite_target_schema(const SqlStatement *statement, SqlGeneration generation)
{
    const char *schema = generation.new_schema(generation.closure, statement->view);
    return schema != NULL ? schema : statement->view.schema;
}

/* What two tokens that touch each other may be made of: SELECT"x", once it is SELECTx, is another token. */
static bool is_word(char c)
{
    return isalnum((unsigned char) c) || c == '_' || c == '$' || c == '"' || c == '\'' || (unsigned char) c >= 0x80;
}

void rewrite_separate(Text *text, char next)
{
    if (text->length > 0 && is_word(text->data[text->length - 1]) && is_word(next))
        text_add(text, " ");
}

static void add_line_ends(Text *text, const char *from, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (from[i] == '\n')
            text_add(text, "\n");
}

static void add_quoted(Text *text, const char *schema, const char *suffix)
{
    char *quoted = name_quote(text, schema);
    rewrite_separate(text, quoted[0]);
    text_addf(text, "%s%s", quoted, suffix);
    talloc_free(quoted);
}

static void add_constant(Text *text, const Edit *edit, const char *schema)
{
    char *value = constant_replace(text, edit->value, edit->inside, schema);
    char *literal = name_literal(text, value);
    rewrite_separate(text, literal[0]);
    text_add(text, literal);
    talloc_free(literal);
    talloc_free(value);
}

static void apply(Text *text, const SqlStatement *statement, SqlGeneration generation, const Edit *edit)
{
    const char *source = statement->file->text + edit->offset;
    const char *schema = NULL;
    if (edit->kind == EDIT_MEMBER || edit->kind == EDIT_CONSTANT)
        schema = generation.new_schema(generation.closure, edit->name);
    switch (edit->kind)
    {
    case EDIT_TARGET:
        add_quoted(text, rewrite_target_schema(statement, generation), edit->length == 0 ? "." : "");
        break;
    case EDIT_MEMBER:
    case EDIT_CONSTANT:
        if (schema == NULL)
            text_add_bytes(text, source, edit->length);
        else if (edit->kind == EDIT_MEMBER)
            add_quoted(text, schema, "");
        else
            add_constant(text, edit, schema);
        break;
    case EDIT_REMOVE:
        add_line_ends(text, source, edit->length);
        rewrite_separate(text, source[edit->length]);
        break;
    case EDIT_INSERT:
        text_add(text, edit->value);
        break;
    }
}

static void add_bare_prefix(Text *text, const SqlStatement *statement, SqlGeneration generation)
{
    Name name = {rewrite_target_schema(statement, generation), statement->view.name};
    char *qualified = name_qualified(text, name);
    text_addf(text, "CREATE MATERIALIZED VIEW %s AS ", qualified);
    talloc_free(qualified);
}

Status sql_rewrite(const void *context, const SqlStatement *statement, SqlGeneration generation, char **ret_text,
                   Errors *errors)
{
    Text *text = text_new(context);
    if (statement->edits->bare)
        add_bare_prefix(text, statement, generation);
    size_t at = statement->offset;
    for (size_t i = 0; i < statement->edits->count; i++)
    {
        const Edit *edit = &statement->edits->items[i];
        text_add_bytes(text, statement->file->text + at, edit->offset - at);
        apply(text, statement, generation, edit);
        at = edit->offset + edit->length;
    }
    text_add_bytes(text, statement->file->text + at, statement->offset + statement->length - at);
    Status status = proof_check(statement, generation, text->data, errors);
    if (status == STATUS_OK)
        *ret_text = talloc_steal(context, text->data);
    talloc_free(text);
    return status;
}

/* A definition is no file of the user's: what is wrong with it is a reason not to start. */
static void blame_server(Errors *errors, size_t from)
{
    for (size_t i = from; i < errors->count; i++)
        errors->items[i]->kind = ERROR_REFUSED;
}

Status sql_rewrite_definition(const void *context, const char *definition, const char *what, SqlGeneration generation,
                              char **ret_text, Errors *errors)
{
    size_t before = errors->count;
    void *scratch = mem_context(context);
    Reading *reading = reading_new(scratch, "", errors);
    reading->definition = true;
    SqlFile file = {what, definition, strlen(definition)};
    read_file(reading, &file, false);
    if (errors_since(errors, before) == STATUS_OK && reading->draft_count != 1)
        errors_add(errors, ERROR_REFUSED, "the definition of %s is not one statement", what);
    blame_server(errors, before);
    Status status = errors_since(errors, before);
    if (status == STATUS_OK)
        status = sql_rewrite(context, reading->drafts[0].statement, generation, ret_text, errors);
    talloc_free(scratch);
    return status;
}

Status sql_check_single(const char *text, const char *what, Errors *errors)
{
    void *scratch = mem_context(errors);
    const Packed *packed = packed_parse(scratch, text);
    Status status = STATUS_OK;
    if (packed->message != NULL || packed->count != 1)
    {
        status = STATUS_FAILED;
        errors_add(errors, ERROR_INTERNAL, "%s: %s", what,
                   packed->message != NULL ? packed->message : "is not exactly one statement");
    }
    talloc_free(scratch);
    return status;
}
