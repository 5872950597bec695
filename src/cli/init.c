#include "matswap/init.h"

#include <string.h>

#include "matswap/cli.h"
#include "matswap/memory.h"
#include "matswap/report.h"
#include "matswap/text.h"

static void say_views(Report *report, const InitResult *result)
{
    for (size_t i = 0; i < result->view_count; i++)
        report_align(report, result->views[i].name);
    for (size_t i = 0; i < result->table_count; i++)
        report_align(report, result->tables[i].name);
    for (size_t i = 0; i < result->view_count; i++)
    {
        const InitView *view = &result->views[i];
        const char *note =
            view->because == NULL ? view->file : mem_printf(result, "%s, since %s", view->file, view->because);
        report_view(report, "adopted", view->name, view->rows, view->bytes, -1, note);
        if (!view->populated)
            report_warning(report, "%s has never been populated: the first run fills it",
                           name_qualified(result, view->name));
    }
    for (size_t i = 0; i < result->table_count; i++)
        report_view(report, "sketched", result->tables[i].name, result->tables[i].rows, result->tables[i].bytes, -1,
                    result->tables[i].file);
}

static void say_left_out(Report *report, const InitResult *result)
{
    for (size_t i = 0; i < result->left_out->count; i++)
    {
        const Error *error = result->left_out->items[i];
        report_warning(report, "%s%s%s", error->message, error->remedy == NULL ? "" : "; ",
                       error->remedy == NULL ? "" : error->remedy);
    }
}

static void say_next(Report *report, const char *folder, const InitResult *result)
{
    const char *config = text_shell_word(result, result->config);
    report_line(report, "wrote", "%s, and %zu file%s in %s", result->config, result->view_count,
                result->view_count == 1 ? "" : "s", mem_printf(result, "%s/queries", folder));
    if (result->table_count > 0)
        report_line(report, "to do",
                    "complete the files in %s/tables with their queries, and move them to queries: "
                    "each says how",
                    folder);
    if (result->view_count == 0)
        return;
    report_line(report, "next", "read %s, and take the # from the rules that you want; then:", result->config);
    report_line(report, "next", "matswap -c %s check              # would anything stand in the way of a run?", config);
    report_line(report, "next", "matswap -c %s run --dry-run      # builds and validates, and publishes nothing",
                config);
    report_line(report, "next", "matswap -c %s run", config);
}

/* As a path to put others behind: without slashes at its end. */
static const char *folder_of(const CliOptions *options)
{
    size_t length = strlen(options->arguments[0]);
    while (length > 1 && options->arguments[0][length - 1] == '/')
        length--;
    return mem_strndup(options->context, options->arguments[0], length);
}

Status cli_init_execute(const CliOptions *options, Errors *errors)
{
    InitResult *result;
    InitOptions init = options->init;
    init.folder = folder_of(options);
    if (pg_signals_install(errors) != STATUS_OK || init_adopt(options->context, &init, &result, errors) != STATUS_OK)
        return STATUS_FAILED;
    Report *report = report_new(result, options->quiet, options->verbose);
    say_views(report, result);
    say_left_out(report, result);
    report_statements(stdout, result->left_out);
    say_next(report, init.folder, result);
    return STATUS_OK;
}

const Command cli_init = {
    .name = "init",
    .usage = "init [--from=CONNINFO] [--schema=SCHEMA]… [--set=NAME] [--grants] [--tables] DIR",
    .summary = "write SQL files and a configuration from a live database's materialized views",
    .help = "Writes DIR/queries, with a file for each materialized view and for what a run of them needs besides, and\n"
            "DIR/matswap.ini, complete and with rules to choose from as comments.  Only reads the catalog; never\n"
            "overwrites a file.  A run over unchanged files leaves the database as it was, to pg_dump.\n"
            "What cannot be adopted is named, with what to do; statements for that come on standard output.\n"
            "\n"
            "Examples\n"
            "  matswap init --from service=prod shop           all materialized views, into the folder shop\n"
            "  matswap init --from 'dbname=shop host=db' --schema reporting shop\n"
            "  matswap init --from service=prod --tables shop  tables from CREATE TABLE AS, too\n"
            "  matswap init --from service=prod shop | psql service=admin      grants what is missing\n"
            "  matswap -c shop/matswap.ini check               what to type next",
    .options = CLI_INIT,
    .argument = "DIR",
    .least_arguments = 1,
    .most_arguments = 1,
    .shows_statements = true,
    .execute = cli_init_execute,
};
