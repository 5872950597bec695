/*
 * Covers cli/ and main.c from outside: the built program (MATSWAP names it) is run, and its exit code and what it
 * writes are compared.  Also that every command and option has its texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "matswap/cli.h"
#include "matswap/memory.h"
#include "matswap/text.h"

static void *context;
static const char *program;

/* What the last run wrote to both of its outputs, in order, and its exit code. */
static char *output;
static int exit_code;

static int set_up(void **state)
{
    context = mem_context(NULL);
    program = getenv("MATSWAP");
    assert_non_null(program);
    unsetenv("MATSWAP_CONFIG");
    return 0;
}

static int tear_down(void **state)
{
    talloc_free(context);
    return 0;
}

/* `arguments` as a shell takes them. */
static void run(const char *arguments)
{
    FILE *pipe = popen(mem_printf(context, "'%s' %s 2>&1", program, arguments), "r");
    assert_non_null(pipe);
    Text *text = text_new(context);
    char block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof block, pipe)) > 0)
        text_add_bytes(text, block, got);
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    exit_code = WEXITSTATUS(status);
    output = text->data;
}

static void assert_usage_error(const char *arguments, const char *expected)
{
    run(arguments);
    assert_string_equal(output, expected);
    assert_int_equal(exit_code, 2);
}

static void no_command_is_a_usage_error(void **state)
{
    assert_usage_error("", "matswap: no command given; see `matswap --help`\n");
    assert_usage_error("--quiet", "matswap: no command given; see `matswap --help`\n");
}

static void a_slip_is_answered_with_the_nearest_spelling(void **state)
{
    assert_usage_error("rum", "matswap: unknown command rum; did you mean `matswap run`?\n");
    assert_usage_error("help statsu", "matswap: unknown command or key statsu; did you mean `matswap help status`?\n");
    assert_usage_error("run --jbos 4", "matswap: unknown option --jbos; did you mean --jobs?\n");
    assert_usage_error("--confg=x run", "matswap: unknown option --confg; did you mean --config?\n");
    assert_usage_error("wibble", "matswap: unknown command wibble; see `matswap --help`\n");
}

static void an_option_of_another_command_is_named(void **state)
{
    assert_usage_error("plan --dry-run", "matswap: --dry-run does not belong to `plan`; see `matswap plan --help`\n");
    assert_usage_error("check --orphans", "matswap: --orphans does not belong to `check`; see `matswap check --help`\n");
    assert_usage_error("run --strict", "matswap: --strict does not belong to `run`; see `matswap run --help`\n");
    assert_usage_error("resume --only x", "matswap: --only does not belong to `resume`; see `matswap resume --help`\n");
    assert_usage_error("--jobs 2 status", "matswap: --jobs does not belong to `status`; see `matswap status --help`\n");
}

static void wrong_option_values_are_named(void **state)
{
    assert_usage_error("run --jobs=0",
                       "matswap: --jobs=0 is not a number of connections; write a whole number from 1 to 64\n");
    assert_usage_error("run -j 65",
                       "matswap: --jobs=65 is not a number of connections; write a whole number from 1 to 64\n");
    assert_usage_error("run --jobs", "matswap: --jobs needs a value; write --jobs=N\n");
    assert_usage_error("run -j", "matswap: -j needs a value; see `matswap --help`\n");
    assert_usage_error("run -Z", "matswap: unknown option -Z; see `matswap run --help`\n");
    assert_usage_error("run --keep-old=yes", "matswap: --keep-old takes no value\n");
    assert_usage_error("run --until=swapped",
                       "matswap: --until=swapped is not known; write --until=built or --until=validated\n");
    assert_usage_error("status --format=dot", "matswap: --format=dot is not known to `status`; one of: text, json\n");
    assert_usage_error("plan --format=sql",
                       "matswap: --format=sql is not known to `plan`; one of: text, json, dot, mermaid, names\n");
    assert_usage_error("run --only ''", "matswap: --only has an empty value; name a view: x, or schema.x\n");
}

static void a_commands_own_arguments_are_counted(void **state)
{
    assert_usage_error("history a b", "matswap: unexpected argument b for `history`\n");
    assert_usage_error("history ''", "matswap: the VIEW of `history` is empty; see `matswap history --help`\n");
    assert_usage_error("history --limit=0", "matswap: --limit=0 is not a number of runs; write a whole number from 1, or "
                                            "--limit=all\n");
    assert_usage_error("history --limit=99999999999999999999",
                       "matswap: --limit=99999999999999999999 is not a number of runs; write a whole number from 1, or "
                       "--limit=all\n");
    assert_usage_error("run --limit=3", "matswap: --limit does not belong to `run`; see `matswap run --help`\n");
    run("history a --help");
    assert_int_equal(exit_code, 0);
}

static void sql_and_another_format_exclude_each_other_in_both_orders(void **state)
{
    run("plan --sql --format=json");
    assert_int_equal(exit_code, 2);
    assert_non_null(strstr(output, "exclude each other"));
    run("plan --format=json --sql");
    assert_int_equal(exit_code, 2);
    assert_non_null(strstr(output, "exclude each other"));
}

static void a_dry_run_and_a_stop_on_the_way_exclude_each_other(void **state)
{
    const char *message = "matswap: --dry-run and --until exclude each other; --dry-run removes what it built, --until "
                          "leaves it for `matswap resume`\n";
    assert_usage_error("run --dry-run --until=built", message);
    assert_usage_error("run --until=validated --dry-run", message);
}

static void a_part_of_the_set_and_removal_exclude_each_other(void **state)
{
    const char *message = "matswap: --drop-removed and --only exclude each other; what has left the set is removed with a "
                          "generation of all of it\n";
    assert_usage_error("run --drop-removed --only x", message);
    assert_usage_error("check --only x --drop-removed", message);
}

static void a_schedule_is_an_interval_and_what_goes_with_it(void **state)
{
    const char *not_a_time = "is not a time from 100 ms to 366 days; write a number with a unit: 30s, 15min, 1h, 1d\n";
    assert_usage_error("run --every 15", mem_printf(context, "matswap: --every=15 %s", not_a_time));
    assert_usage_error("run --every 99ms", mem_printf(context, "matswap: --every=99ms %s", not_a_time));
    assert_usage_error("run --every 367d", mem_printf(context, "matswap: --every=367d %s", not_a_time));
    const char *const wrong[] = {"24:00", "2:00", "02:60", "02:00:00", "-1:00", "02.00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_usage_error(mem_printf(context, "run --every 1d --at=%s", wrong[i]),
                           mem_printf(context, "matswap: --at=%s is not a time of the day; write hour and minute of local time: "
                                               "02:00, 14:30\n", wrong[i]));
    assert_usage_error("run --every 1h --jitter 1",
                       "matswap: --jitter=1 is not a time; write a number with a unit: 30s, 5min\n");
    assert_usage_error("run --at 02:00", "matswap: --at says when --every starts a run, which is not given; write --every=1d "
                                         "for once a day\n");
    assert_usage_error("run --jitter 0s", "matswap: --jitter says when --every starts a run, which is not given; write "
                                          "--every=1d for once a day\n");
    assert_usage_error("run --every 1min --jitter 1min",
                       "matswap: --jitter is not shorter than --every; a start must not be put off beyond the next one\n");
    assert_usage_error("run --every 36h --at 02:00", "matswap: --every is neither less than a day nor whole days, which --at asks "
                                                     "for; write --every=1d, --every=7d, or leave --at out\n");
    assert_usage_error("resume --every 1h", "matswap: --every does not belong to `resume`; see `matswap resume --help`\n");
}

static void what_is_for_one_run_is_not_for_every(void **state)
{
    const char *const once[] = {"--dry-run", "--until=built", "--drop-removed", "--accept min_rows@x --reason y"};
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        assert_usage_error(mem_printf(context, "run --every 1h %s", once[i]),
                           mem_printf(context, "matswap: %.*s is for one run, not for --every; run it once by hand, beside the "
                                               "service\n", (int) strcspn(once[i], "= "), once[i]));
}

static void what_is_accepted_needs_a_rule_a_view_and_a_reason(void **state)
{
    const char *form = "write RULE@VIEW, as max_shrink@public.donations, tolerance(amount)@public.donations\n";
    assert_usage_error("run --accept max_shrink@x",
                       "matswap: --accept is given without --reason; add --reason TEXT: it is kept with the generation\n");
    assert_usage_error("run --reason why",
                       "matswap: --reason is given without --accept; write --accept RULE@VIEW --reason TEXT\n");
    assert_usage_error("run --accept max_shrink@x --reason ' '", "matswap: --reason has an empty value; say why the failure "
                                                                 "is accepted: it is kept with the generation\n");
    assert_usage_error("run --accept max_shrnk@x --reason why",
                       "matswap: --accept: there is no rule max_shrnk; did you mean max_shrink?\n");
    assert_usage_error("run --accept sums@x --reason why", "matswap: --accept: there is no rule sums; write it as in the "
                                                           "configuration and in the validation table, like max_shrink\n");
    assert_usage_error("run --accept 'check(a@b' --reason why",
                       mem_printf(context, "matswap: --accept=check(a@b does not name a rule of a view; %s", form));
    assert_usage_error("run --accept max_shrink --reason why",
                       mem_printf(context, "matswap: --accept=max_shrink does not name a rule of a view; %s", form));
    assert_usage_error("run --accept max_shrink@ --reason why",
                       mem_printf(context, "matswap: --accept=max_shrink@ does not name a rule of a view; %s", form));
    assert_usage_error("run --accept max_shrink@a --accept min_rows@a --accept min_rows@b --reason 1 --reason 2",
                       "matswap: there are 2 --reason for 3 --accept; give one for all, or one for each, in the same order\n");
    assert_usage_error("check --accept max_shrink@a",
                       "matswap: --accept does not belong to `check`; see `matswap check --help`\n");
}

static void views_are_named_after_only(void **state)
{
    assert_usage_error("run x", "matswap: unexpected argument x for `run`; views are named by --only x\n");
    assert_usage_error("status x", "matswap: unexpected argument x for `status`\n");
}

static void all_mistakes_come_in_one_go(void **state)
{
    assert_usage_error("run x --jobs=0 --sql --dryrun",
                       "matswap: unknown option --dryrun; did you mean --dry-run?\n"
                       "matswap: --jobs=0 is not a number of connections; write a whole number from 1 to 64\n"
                       "matswap: --sql does not belong to `run`; see `matswap run --help`\n"
                       "matswap: unexpected argument x for `run`; views are named by --only x\n");
}

static void help_stands_everywhere(void **state)
{
    run("--help");
    assert_int_equal(exit_code, 0);
    char *general = output;
    run("help");
    assert_string_equal(output, general);
    run("-h");
    assert_string_equal(output, general);
    run("help help");
    assert_string_equal(output, general);
    for (size_t i = 0; cli_commands[i] != NULL; i++)
    {
        const Command *command = cli_commands[i];
        assert_non_null(strstr(general, mem_printf(context, "\n  %-10s  %.20s", command->name, command->summary)));
        run(mem_printf(context, "help %s", command->name));
        assert_int_equal(exit_code, 0);
        char *help = output;
        assert_non_null(strstr(help, mem_printf(context, "usage: matswap [-c FILE] %.20s", command->usage)));
        assert_non_null(strstr(help, "Examples\n  matswap "));
        run(mem_printf(context, "%s --help", command->name));
        assert_string_equal(output, help);
        run(mem_printf(context, "-h %s", command->name));
        assert_string_equal(output, help);
    }
}

static void version_names_the_libraries(void **state)
{
    run("--version");
    assert_int_equal(exit_code, 0);
    int end = 0;
    int libpq, sqlite, grammar;
    assert_int_equal(sscanf(output,
                            "matswap " MATSWAP_VERSION " (libpq %d.%*d, SQLite %d.%*d.%*d, grammar of PostgreSQL "
                            "%d)\n%n",
                            &libpq, &sqlite, &grammar, &end),
                     3);
    assert_in_range(grammar, 15, 17); /* as Debian 12 to 13 have it */
    assert_int_equal(end, strlen(output));
    char *version = output;
    run("run --version");
    assert_string_equal(output, version);
}

static void a_missing_configuration_is_exit_2(void **state)
{
    assert_usage_error("-c /nonexistent.ini plan",
                       "matswap: cannot open /nonexistent.ini: No such file or directory\n");
    run("plan --offline -c /dev/null");
    assert_string_equal(output, "matswap: /dev/null: there is no section [matswap]; write it, with set and queries\n");
    assert_int_equal(exit_code, 2);
    run("--config=/dev/null plan");
    assert_int_equal(exit_code, 2);
}

static void a_result_that_cannot_be_written_is_no_success(void **state)
{
    run("--help >/dev/full");
    assert_int_equal(exit_code, 1);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_plan_needs_no_server_and_no_option_where_the_environment_names_the_file(void **state)
{
    char *folder = mem_strdup(context, "/tmp/matswap-cli-XXXXXX");
    assert_non_null(mkdtemp(folder));
    char *config = mem_printf(context, "%s/c.ini", folder);
    char *file = mem_printf(context, "%s/b.sql", folder);
    write_file(config, "[matswap]\nset = demo\nqueries = .\n[view b]\nmin_rows = 1\n");
    write_file(mem_printf(context, "%s/a.sql", folder), "SELECT 1 AS x");
    write_file(file, "SELECT * FROM a");
    setenv("MATSWAP_CONFIG", config, 1);
    run("plan --offline --format=json");
    assert_int_equal(exit_code, 0);
    assert_true(strncmp(output, "{\"set\":\"demo\",", strlen("{\"set\":\"demo\",")) == 0);
    assert_non_null(strstr(output, "\"reads\":[{\"schema\":\"public\",\"name\":\"a\""));
    run("plan --offline --sql --only b");
    assert_int_equal(exit_code, 0);
    assert_non_null(strstr(output, "CREATE MATERIALIZED VIEW public_new.b AS SELECT * FROM a"));
    assert_null(strstr(output, "CREATE MATERIALIZED VIEW public_new.a"));
    run("plan --offline --only b c");
    assert_int_equal(exit_code, 2);
    write_file(file, "SELECT FROM WHERE");
    run("plan --offline");
    assert_int_equal(exit_code, 2);
    assert_non_null(strstr(output, mem_printf(context, "matswap: %s/./b.sql:1:13: ", folder)));
    unsetenv("MATSWAP_CONFIG");
    assert_int_equal(system(mem_printf(context, "rm -r '%s'", folder)), 0);
}

/* ---- the texts ---------------------------------------------------------------------------------------------- */

static void assert_fits(const char *arguments)
{
    run(arguments);
    for (char *line = strtok(output, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (text_width(line) > CLI_HELP_WIDTH && strchr(line + strspn(line, " "), ' ') != NULL)
            fail_msg("`matswap %s` has a line of %zu columns: %s", arguments, text_width(line), line);
}

static void help_fits_a_terminal(void **state)
{
    assert_fits("--help");
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        assert_fits(mem_printf(context, "help %s", cli_commands[i]->name));
    size_t count;
    const ConfigKey *keys = config_keys(context, &count);
    for (size_t i = 0; i < count; i++)
        assert_fits(mem_printf(context, "help %s", keys[i].name));
}

static bool is_sentence(const char *text)
{
    return text[0] >= 'A' && text[0] <= 'Z' && strchr(".?!", text[strlen(text) - 1]) != NULL;
}

/* Of every command: what it is for, in a line and in paragraphs, and examples that the parser takes. */
static void every_command_has_its_texts(void **state)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
    {
        const Command *command = cli_commands[i];
        const CliText *help = cli_text(context, command);
        assert_true(command->summary[0] != '\0' && !is_sentence(command->summary));
        if (help->paragraph_count == 0 || help->example_count < 2)
            fail_msg("%s has %zu paragraphs and %zu examples in its help", command->name, help->paragraph_count,
                     help->example_count);
        for (size_t j = 0; j < help->paragraph_count; j++)
            assert_true(strchr(".:", help->paragraphs[j][strlen(help->paragraphs[j]) - 1]) != NULL);
        for (size_t j = 0; j < help->example_count; j++)
        {
            const char *line = strstr(help->examples[j].line, "matswap ");
            assert_non_null(line);
            /* up to what the shell takes, and --help instead of doing it */
            size_t length = strcspn(line, "|&>#") - (strstr(line, " 2>") != NULL);
            run(mem_printf(context, "%.*s --help", (int) (length - strlen("matswap ")), line + strlen("matswap ")));
            if (exit_code != 0)
                fail_msg("%s: the example `%s`: %s", command->name, line, output);
        }
    }
}

static void every_option_has_its_texts(void **state)
{
    for (size_t i = 0; i < cli_option_count; i++)
    {
        const Option *option = &cli_options[i];
        bool belongs = option->bit == CLI_EVERYWHERE;
        for (size_t j = 0; cli_commands[j] != NULL; j++)
            belongs = belongs || cli_option_belongs(option, cli_commands[j]);
        if (!belongs)
            fail_msg("--%s belongs to no command", option->name);
        if (option->help == NULL || option->help[0] == '\0' || is_sentence(option->help))
            fail_msg("--%s has no help, or one that is no line of a list", option->name);
        if (option->more != NULL && !is_sentence(option->more) && option->more[0] != '`')
            fail_msg("--%s: what the manual says are no sentences: %s", option->name, option->more);
        assert_true(option->words == NULL || option->argument != NULL);
    }
}

/* Otherwise a heading would stand there twice. */
static void options_of_a_group_stand_together(void **state)
{
    for (size_t i = 2; i < cli_option_count; i++)
        for (size_t j = 0; j + 1 < i; j++)
            if (cli_options[i].bit != CLI_EVERYWHERE && text_equal(cli_options[i].group, cli_options[j].group) &&
                !text_equal(cli_options[i].group, cli_options[i - 1].group))
                fail_msg("--%s stands apart from --%s", cli_options[i].name, cli_options[j].name);
}

static void a_key_is_explained(void **state)
{
    run("help max_shrink");
    assert_int_equal(exit_code, 0);
    assert_non_null(strstr(output, "max_shrink, in [view NAME] of the configuration\n\n"));
    assert_non_null(strstr(output, "- Example: `max_shrink = 10%`\n"));
    char *once = output;
    run("max_shrink --help");
    assert_int_equal(exit_code, 2);
    run("help severity.max_shrink");
    assert_non_null(strstr(output, "severity.max_shrink, in [view NAME] of the configuration\n"));
    assert_null(strstr(once, "severity"));
    assert_usage_error("help max_shrnk",
                       "matswap: unknown command or key max_shrnk; did you mean `matswap help max_shrink`?\n");
    size_t count;
    const ConfigKey *keys = config_keys(context, &count);
    for (size_t i = 0; i < count; i++)
    {
        run(mem_printf(context, "help %s", keys[i].name));
        assert_int_equal(exit_code, 0);
        assert_non_null(strstr(output, mem_printf(context, "%s, in [%s", keys[i].name, keys[i].section)));
    }
}

/* docs/exit-codes.md and README.md have a table each. */
static void exit_codes_are_the_same_everywhere(void **state)
{
    static const char *const pages[] = {"docs/exit-codes.md", "README.md"};
    run("--help");
    char *help = output;
    for (const CliExitCode *code = cli_exit_codes; code->meaning != NULL; code++)
    {
        assert_non_null(strstr(help, mem_printf(context, "\n  %d  %s\n", code->code, code->meaning)));
        char *page;
        assert_int_equal(text_read_file(context, pages[0], &page, NULL, errors_new(context)), STATUS_OK);
        assert_non_null(strstr(page, mem_printf(context, "\n| %d | %s |\n", code->code, code->meaning)));
        assert_int_equal(text_read_file(context, pages[1], &page, NULL, errors_new(context)), STATUS_OK);
        assert_non_null(strstr(page, mem_printf(context, "\n| %d | ", code->code)));
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_command_is_a_usage_error),
        TEST(a_slip_is_answered_with_the_nearest_spelling),
        TEST(an_option_of_another_command_is_named),
        TEST(wrong_option_values_are_named),
        TEST(a_commands_own_arguments_are_counted),
        TEST(sql_and_another_format_exclude_each_other_in_both_orders),
        TEST(a_dry_run_and_a_stop_on_the_way_exclude_each_other),
        TEST(a_part_of_the_set_and_removal_exclude_each_other),
        TEST(a_schedule_is_an_interval_and_what_goes_with_it),
        TEST(what_is_for_one_run_is_not_for_every),
        TEST(what_is_accepted_needs_a_rule_a_view_and_a_reason),
        TEST(views_are_named_after_only),
        TEST(all_mistakes_come_in_one_go),
        TEST(help_stands_everywhere),
        TEST(version_names_the_libraries),
        TEST(a_missing_configuration_is_exit_2),
        TEST(a_result_that_cannot_be_written_is_no_success),
        TEST(a_plan_needs_no_server_and_no_option_where_the_environment_names_the_file),
        TEST(help_fits_a_terminal),
        TEST(every_command_has_its_texts),
        TEST(every_option_has_its_texts),
        TEST(options_of_a_group_stand_together),
        TEST(a_key_is_explained),
        TEST(exit_codes_are_the_same_everywhere),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
