/*
 * Covers config/'s values: what every key, setting and rule of conf/NAME.ini means, and every way to get one wrong with
 * its message.
 */
#include "config_fixture.h"

static void defaults_are_those_of_the_manual(void **state)
{
    Fixture *fixture = *state;
    load(fixture, MINIMAL);
    const Config *config = fixture->config;
    assert_string_equal(config->set, "s");
    assert_string_equal(config->queries, mem_printf(fixture, "%s/q", fixture->folder));
    assert_string_equal(config->conninfo, "");
    assert_string_equal(config->schema, "public");
    assert_string_equal(config->journal, "/state/matswap/s.db");
    assert_int_equal(config->jobs, 2);
    assert_false(config->keep_old);
    assert_int_equal(config->lock_timeout_from_ms, 2);
    assert_int_equal(config->lock_timeout_to_ms, 200);
    assert_int_equal(config->swap_timeout_ms, 300000);
    assert_int_equal(config->on_blocked, ON_BLOCKED_WAIT);
    assert_int_equal(config->on_failure, ON_FAILURE_ABORT);
    assert_int_equal(config->foreign_snapshot, FOREIGN_SNAPSHOT_SEPARATE);
    assert_int_equal(config->blocked_patience_ms, 30000);
    assert_int_equal(config->reconnect_timeout_ms, 60000);
    assert_null(config->audit_table.name);
    assert_null(config->notify);
    assert_null(config->before_run.written);
    assert_null(config->after_swap.written);
    assert_null(config->after_failure.written);
    assert_int_equal(config->hook_timeout_ms, 60000);
    assert_int_equal(config->log_format, LOG_TEXT);
    assert_null(config->log_file);
    assert_null(config->metrics);
    assert_int_equal(config->max_extra_space, -1);
    assert_int_equal(config->keep_history_ms, 7776000000);
    assert_int_equal(config->stop_timeout_ms, 60000);
    assert_string_equal(config->suffix_new, "_new");
    assert_string_equal(config->suffix_old, "_old");
    assert_int_equal(config->search_path_count, 1);
    assert_string_equal(config->search_path[0], "public");
}

static void every_key_is_read(void **state)
{
    Fixture *fixture = *state;
    load(fixture, "\xEF\xBB\xBF# a comment\r\n; another\r\n[matswap]\r\n"
                  "set = gitcoin   ; its name\r\n"
                  "conninfo = host=/tmp dbname='my db' service=x\r\n"
                  "queries = /abs/q\r\n"
                  "schema = \"My Schema\"\r\n"
                  "journal = ../state/g.db\r\n"
                  "jobs=64\r\nkeep_old = on\r\nlock_timeout = 5ms .. 1.5s\r\nswap_timeout = 2h\r\non_blocked = terminate\r\n"
                  "on_failure = isolate\r\n"
                  "foreign_snapshot = together\r\n"
                  "blocked_patience = 1min\r\n"
                  "reconnect_timeout = 1.5min\r\nnotify = MatSwap\r\naudit_table = Log.\"Of Runs\"\r\nsuffix_new = _n\r\nsuffix_old = _o\r\n"
                  "[session]\r\nwork_mem = 256MB\r\nmy.setting = a b\r\n");
    const Config *config = fixture->config;
    assert_string_equal(config->set, "gitcoin");
    assert_string_equal(config->conninfo, "host=/tmp dbname='my db' service=x");
    assert_string_equal(config->queries, "/abs/q");
    assert_string_equal(config->schema, "My Schema");
    assert_string_equal(config->journal, mem_printf(fixture, "%s/../state/g.db", fixture->folder));
    assert_int_equal(config->jobs, 64);
    assert_true(config->keep_old);
    assert_int_equal(config->lock_timeout_from_ms, 5);
    assert_int_equal(config->lock_timeout_to_ms, 1500);
    assert_int_equal(config->swap_timeout_ms, 7200000);
    assert_int_equal(config->on_blocked, ON_BLOCKED_TERMINATE);
    assert_int_equal(config->on_failure, ON_FAILURE_ISOLATE);
    assert_int_equal(config->foreign_snapshot, FOREIGN_SNAPSHOT_TOGETHER);
    assert_int_equal(config->blocked_patience_ms, 60000);
    assert_int_equal(config->reconnect_timeout_ms, 90000);
    assert_string_equal(config->notify, "matswap");
    assert_string_equal(config->audit_table.schema, "log");
    assert_string_equal(config->audit_table.name, "Of Runs");
    assert_string_equal(config->suffix_new, "_n");
    assert_string_equal(config->suffix_old, "_o");
    assert_int_equal(config->session_count, 2);
    assert_string_equal(config->session[0].name, "work_mem");
    assert_string_equal(config->session[0].value, "256MB");
    assert_int_equal(config->session[0].line, 23);
    assert_string_equal(config->session[1].name, "my.setting");
    assert_string_equal(config->session[1].value, "a b");
}

static void every_key_about_what_is_told_is_read(void **state)
{
    Fixture *fixture = *state;
    load(fixture, MINIMAL "log_format = json\nlog_file = run.log\nmetrics = /m/matswap.prom\nmax_extra_space = 1.5 GB\n"
                  "keep_history = 400d\nstop_timeout = 5s\nbefore_run = a 'b c'\nafter_swap = sh: x | y\n"
                  "after_failure = tell\nhook_timeout = 2min\n");
    const Config *config = fixture->config;
    assert_int_equal(config->log_format, LOG_JSON);
    assert_string_equal(config->log_file, mem_printf(fixture, "%s/run.log", fixture->folder));
    assert_string_equal(config->metrics, "/m/matswap.prom");
    assert_int_equal(config->max_extra_space, 1610612736);
    assert_int_equal(config->keep_history_ms, 34560000000);
    assert_int_equal(config->stop_timeout_ms, 5000);
    assert_int_equal(config->before_run.word_count, 2);
    assert_string_equal(config->before_run.words[1], "b c");
    assert_string_equal(config->after_swap.words[2], "x | y");
    assert_string_equal(config->after_failure.words[0], "tell");
    assert_int_equal(config->hook_timeout_ms, 120000);
}

/* What a report shows of it: everything, but for what may hold a token. */
static void the_file_is_kept_as_it_stands(void **state)
{
    Fixture *fixture = *state;
    load(fixture, MINIMAL "jobs = 3\nafter_swap = tell --token x\n[view  a]\nsums = n\n");
    const Config *config = fixture->config;
    assert_int_equal(config->stated_count, 2);
    const StatedSection *first = &config->stated[0];
    assert_string_equal(first->name, "matswap");
    assert_string_equal(first->values[first->count - 2].name, "jobs");
    assert_string_equal(first->values[first->count - 2].value, "3");
    assert_int_equal(first->values[first->count - 2].line, 4);
    assert_string_equal(first->values[first->count - 1].name, "after_swap");
    assert_null(first->values[first->count - 1].value);
    assert_string_equal(config->stated[1].name, "view a");
    assert_string_equal(config->stated[1].values[0].value, "n");
}

static void one_lock_timeout_is_both_ends(void **state)
{
    Fixture *fixture = *state;
    load(fixture, MINIMAL "lock_timeout = 50 ms\n");
    assert_int_equal(fixture->config->lock_timeout_from_ms, 50);
    assert_int_equal(fixture->config->lock_timeout_to_ms, 50);
}

static void wrong_values_name_line_key_and_way_out(void **state)
{
    Fixture *fixture = *state;
    static const struct
    {
        const char *line;
        const char *error;
    } cases[] = {
        {"jobs = 0", "4: jobs = 0 is not a number of connections; write a whole number from 1 to 64\n"},
        {"jobs = 65", "4: jobs = 65 is not a number of connections; write a whole number from 1 to 64\n"},
        {"jobs = 2x", "4: jobs = 2x is not a number of connections; write a whole number from 1 to 64\n"},
        {"jobs =", "4: jobs has no value; give it one, or leave the key out\n"},
        {"keep_old = Yes", "4: keep_old = Yes is neither yes nor no; write yes, no, true, false, on or off\n"},
        {"swap_timeout = 5", "4: swap_timeout = 5 is not a time from 1 ms to 24 days; "
                             "write a number with a unit: 200ms, 5s, 10min, 1h, 1d\n"},
        {"swap_timeout = 0s", "4: swap_timeout = 0s is not a time from 1 ms to 24 days; "
                              "write a number with a unit: 200ms, 5s, 10min, 1h, 1d\n"},
        {"swap_timeout = 25d", "4: swap_timeout = 25d is not a time from 1 ms to 24 days; "
                               "write a number with a unit: 200ms, 5s, 10min, 1h, 1d\n"},
        {"swap_timeout = 0x1s", "4: swap_timeout = 0x1s is not a time from 1 ms to 24 days; "
                                "write a number with a unit: 200ms, 5s, 10min, 1h, 1d\n"},
        {"reconnect_timeout = never", "4: reconnect_timeout = never is not a time from 1 ms to 24 days; "
                                      "write a number with a unit: 200ms, 5s, 10min, 1h, 1d\n"},
        {"lock_timeout = 2ms..x", "4: lock_timeout = 2ms..x is neither a time nor a range; "
                                  "write 2ms..200ms, or one value with its unit\n"},
        {"lock_timeout = 2s..200ms", "4: lock_timeout = 2s..200ms ends before it starts; "
                                     "write the shorter time first\n"},
        {"on_blocked = kill", "4: on_blocked = kill is not known; write wait, fail, cancel or terminate\n"},
        {"on_failure = ignore", "4: on_failure = ignore is not known; write abort or isolate\n"},
        {"foreign_snapshot = yes", "4: foreign_snapshot = yes is not known; write separate or together\n"},
        {"log_format = xml", "4: log_format = xml is not known; write text or json\n"},
        {"max_extra_space = 5G", "4: max_extra_space = 5G is not a size; "
                                 "write a number with a unit of 1024: 500MB, 20GB, 1.5TB\n"},
        {"max_extra_space = 0GB", "4: max_extra_space = 0GB is not a size; "
                                  "write a number with a unit of 1024: 500MB, 20GB, 1.5TB\n"},
        {"max_extra_space = GB", "4: max_extra_space = GB is not a size; "
                                 "write a number with a unit of 1024: 500MB, 20GB, 1.5TB\n"},
        {"max_extra_space = 2000000TB", "4: max_extra_space = 2000000TB is not a size; "
                                        "write a number with a unit of 1024: 500MB, 20GB, 1.5TB\n"},
        {"after_swap = 'x", "4: after_swap = 'x is not a command; a quote is not closed\n"},
        {"schema = a.b", "4: schema = a.b is not one name; a name with other signs needs double quotes\n"},
        {"schema = 1a", "4: schema = 1a is not one name; a name is missing, or needs double quotes\n"},
        {"audit_table = a.b.c", "4: audit_table = a.b.c does not name a relation; write a name, or schema.name\n"},
        {"audit_table = a b", "4: audit_table = a b does not name a relation; a name with other signs needs double quotes\n"},
        {"notify = \"", "4: notify = \" is not one name; a quoted name is empty or not closed\n"},
        {"suffix_new = -new", "4: suffix_new = -new is not a suffix for schemas; "
                              "use 1 to 20 lower-case letters, digits and _\n"},
        {"journal = ~/x.db", "4: journal = ~/x.db starts with ~, which nothing expands here; "
                             "write the whole path, or one relative to this file\n"},
        {"lock_timout = 2ms", "4: unknown key lock_timout in [matswap]; did you mean lock_timeout?\n"},
        {"colour = isolate", "4: unknown key colour in [matswap]\n"},
        {"[veiw x]", "4: unknown section [veiw x]; did you mean [view NAME]?\n"},
        {"[table x]", "4: unknown section [table x]; the sections are [matswap], [session], [view NAME] and [import NAME]\n"},
        {"[session] x", "4: a section name is not closed by ] at the end of its line; "
                        "write [matswap], [session] or [view NAME], and nothing after it\n"},
        {"keep_old", "4: this line is neither a section nor `key = value`; start a comment with # or ;\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_line_fails(fixture, cases[i].line, cases[i].error);
}

static void a_set_name_is_short_and_plain(void **state)
{
    Fixture *fixture = *state;
    assert_fails(fixture, "[matswap]\nset = My Set\nqueries = q\n",
                 "2: set = My Set is not a name for a set; use 1 to 40 lower-case letters, digits, _ and -\n");
    assert_fails(fixture, "[matswap]\nset = aaaaaaaaaabbbbbbbbbbccccccccccddddddddddx\nqueries = q\n",
                 "2: set = aaaaaaaaaabbbbbbbbbbccccccccccddddddddddx is not a name for a set; "
                 "use 1 to 40 lower-case letters, digits, _ and -\n");
    load(fixture, "[matswap]\nset = aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd\nqueries = q\n");
}

static void set_and_queries_are_required(void **state)
{
    Fixture *fixture = *state;
    assert_fails(fixture, "# nothing\n[matswap]\n",
                 "2: [matswap] has no set; add `set = NAME`, the name of this set of views\n"
                 "2: [matswap] has no queries; add `queries = FOLDER`, where the SQL files are\n");
    assert_fails(fixture, "", "0: there is no section [matswap]; write it, with set and queries\n");
}

static void suffixes_must_differ(void **state)
{
    Fixture *fixture = *state;
    assert_line_fails(fixture, "suffix_new = _old",
                      "1: suffix_new and suffix_old are both _old; the two generations need different schemas\n");
}

static void a_password_is_refused_and_never_shown(void **state)
{
    Fixture *fixture = *state;
    static const struct
    {
        const char *conninfo;
        const char *word;
    } cases[] = {
        {"host=h password=hunter2", "password"},
        {"postgresql://u:hunter2@h/d", "password"},
        {"postgres://u@h/d?password=hunter2", "password"},
        {"host=h sslpassword=hunter2", "sslpassword"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_line_fails(fixture, mem_printf(fixture, "conninfo = %s", cases[i].conninfo),
                          mem_printf(fixture,
                                     "4: conninfo holds a %s, which would end in a process list or a log; put "
                                     "it into a password file (~/.pgpass, PGPASSFILE), a service file or the "
                                     "environment\n",
                                     cases[i].word));
}

static void a_connection_string_that_does_not_parse_is_not_shown(void **state)
{
    Fixture *fixture = *state;
    static const char *const broken[] = {
        "host=h password hunter2",
        "postgresql://u:hunter2@[h/d",
        "password='hunter2",
        "postgresql://u:hunter2@h:x]y",
        "host=h hunter2",
        "postgresql://u:p@h/d?hunter2",
        "postgresql://u:hunter2%zz@h/d",
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
    {
        char *text = mem_printf(fixture, MINIMAL "conninfo = %s\n", broken[i]);
        if (load_bytes(fixture, text, strlen(text)) == STATUS_OK)
            fail_msg("taken: %s", broken[i]);
        assert_null(strstr(all_errors(fixture), "hunter2"));
        assert_null(strstr(all_errors(fixture), "u:"));
    }
    assert_line_fails(fixture, "conninfo = hots=h", "4: conninfo: libpq knows no option hots; did you mean host?\n");
}

static void rules_of_a_view_stand_over_the_defaults(void **state)
{
    Fixture *fixture = *state;
    load(fixture, "[view *]\ntolerance = 0.50%\nmin_rows = 1\nmax_shrink = 100%\nmax_growth = 9%\n" MINIMAL
                  "schema = App\n[view rounds]\ntolerance = 0%\n[view donations]\nsums = Amount, \"Amount USD\" "
                  ",x\nmin_rows = 0\nmax_growth = 300%\n");
    ViewRules rules = config_rules_for(fixture, fixture->config, (Name){"app", "donations"});
    assert_int_equal(rules.sums.count, 3);
    assert_string_equal(rules.sums.names[0], "amount");
    assert_string_equal(rules.sums.names[1], "Amount USD");
    assert_string_equal(rules.sums.names[2], "x");
    assert_string_equal(rules.tolerance.number, "0.50");
    assert_true(view_rules_have(&rules, KEY_MIN_ROWS));
    assert_int_equal(rules.min_rows, 0);
    assert_string_equal(rules.max_shrink.number, "100");
    assert_string_equal(rules.max_growth.number, "300");
    rules = config_rules_for(fixture, fixture->config, (Name){NULL, "donations"});
    assert_int_equal(rules.sums.count, 3);
    rules = config_rules_for(fixture, fixture->config, (Name){"public", "donations"});
    assert_int_equal(rules.sums.count, 0);
    assert_int_equal(rules.min_rows, 1);
    assert_string_equal(rules.max_growth.number, "9");
    rules = config_rules_for(fixture, fixture->config, (Name){"app", "rounds"});
    assert_string_equal(rules.tolerance.number, "0");
    assert_string_equal(rules.max_shrink.number, "100");
    assert_string_equal(rules.max_growth.number, "9");
    assert_int_equal(rules.min_rows, 1);
}

static void rules_of_keys_time_and_checks_are_read(void **state)
{
    Fixture *fixture = *state;
    char *check = mem_printf(fixture, "%s/no_gaps.sql", fixture->folder);
    FILE *file = fopen(check, "w");
    assert_non_null(file);
    fputs("SELECT 1 FROM {view}", file);
    fclose(file);
    load(fixture, MINIMAL "[view *]\nmax_lag = 400d\nseverity.max_lag = warn\nseverity.unique = warn\n"
                          "[view a]\nunique = id\nnot_null = x, Y\nmax_rows = 9\ncheck = no_gaps.sql\n"
                          "compare_keys = vanished 0%, appeared 10%\nsample = 1000, changed 5%\n"
                          "event_time = \"At\"\nmax_future = 0s\nallowed_lateness = 7d\nlate_data = reject\nbucket = 1h\n"
                          "source_total = SELECT sum(a), 'x;y' FROM t\nsource_tolerance = 0.1%\nseverity = error\n"
                          "severity.sample = warn\n[view b]\nunique = (\"a)\", b), (c)\ncompare_keys = yes\nsample = 7\n");
    ViewRules rules = config_rules_for(fixture, fixture->config, (Name){NULL, "a"});
    assert_int_equal(rules.unique.count, 1);
    assert_string_equal(rules.unique.keys[0].names[0], "id");
    assert_string_equal(rules.not_null.names[1], "y");
    assert_int_equal(rules.max_rows, 9);
    assert_int_equal(rules.check.count, 1);
    assert_string_equal(rules.check.files[0].name, "no_gaps");
    assert_string_equal(rules.check.files[0].text, "SELECT 1 FROM {view}");
    assert_string_equal(rules.check.files[0].path, check);
    unlink(check);
    assert_string_equal(rules.compare_keys.vanished.number, "0");
    assert_string_equal(rules.compare_keys.appeared.number, "10");
    assert_int_equal(rules.sample.rows, 1000);
    assert_string_equal(rules.sample.changed.number, "5");
    assert_string_equal(rules.event_time, "At");
    assert_true(rules.max_lag_ms == INT64_C(400) * 86400000);
    assert_int_equal(rules.max_future_ms, 0);
    assert_int_equal(rules.allowed_lateness_ms, 7 * 86400000);
    assert_int_equal(rules.late_data, LATE_DATA_REJECT);
    assert_int_equal(rules.bucket_ms, 3600000);
    assert_string_equal(rules.source_total.text, "SELECT sum(a), 'x;y' FROM t");
    assert_string_equal(rules.source_tolerance.number, "0.1");
    assert_int_equal(view_rules_severity(&rules, KEY_SAMPLE), SEVERITY_WARN);
    assert_int_equal(view_rules_severity(&rules, KEY_UNIQUE), SEVERITY_ERROR);
    assert_int_equal(view_rules_severity(&rules, KEY_MAX_LAG), SEVERITY_ERROR);

    rules = config_rules_for(fixture, fixture->config, (Name){NULL, "b"});
    assert_int_equal(rules.unique.count, 2);
    assert_string_equal(rules.unique.keys[0].names[0], "a)");
    assert_int_equal(rules.unique.keys[0].count, 2);
    assert_string_equal(rules.unique.keys[1].names[0], "c");
    assert_false(rules.compare_keys.vanished.set);
    assert_true(view_rules_have(&rules, KEY_COMPARE_KEYS));
    assert_int_equal(rules.sample.rows, 7);
    assert_int_equal(rules.bucket_ms, 86400000);
    assert_int_equal(rules.max_future_ms, 300000);
    assert_int_equal(view_rules_severity(&rules, KEY_UNIQUE), SEVERITY_WARN);
    assert_int_equal(view_rules_severity(&rules, KEY_SAMPLE), SEVERITY_ERROR);
}

static void wrong_rules_of_keys_time_and_checks_are_refused(void **state)
{
    Fixture *fixture = *state;
    assert_line_fails(fixture,
                      "[view x]\nunique = (a, b), c\nnot_null = a, a\ncheck = gone.sql\ncompare_keys = no\n"
                      "sample = 10%\nevent_time = a, b\nmax_lag = 5\nlate_data = drop\nbucket = 0s\nseverity = bad",
                      mem_printf(fixture,
                                 "5: unique = (a, b), c is not a list of keys; write a, b for one key of two columns, "
                                 "(a, b), (c) for two keys\n"
                                 "6: not_null names a twice; name it once\n"
                                 "7: check = gone.sql: cannot open %s/gone.sql: No such file or directory; write the path "
                                 "of a file with a query, relative to this file\n"
                                 "8: compare_keys = no has no limit for keys; write yes, or vanished 0%%, appeared 10%%, "
                                 "or one of the two\n"
                                 "9: sample = 10%% is not a count; write a whole number from 0 up, without separators\n"
                                 "10: event_time = a, b is not one name; a name with other signs needs double quotes\n"
                                 "11: max_lag = 5 is not a time up to 100 years; write a number with a unit: 0s, 90min, "
                                 "36h, 30d\n"
                                 "12: late_data = drop is not known; write reissue, report or reject\n"
                                 "13: bucket = 0s is too short to count rows by; write at least 1s\n"
                                 "14: severity = bad is not a severity; write error (the generation is rejected) or "
                                 "warn\n",
                                 fixture->folder));
    assert_line_fails(fixture, "[view x]\nseverity.bucket = warn",
                      "5: unknown key severity.bucket in [view x]; did you mean severity.check?\n");
    assert_line_fails(fixture, "[view x]\nmax_lag = 2d\ncompare_keys = yes",
                      "4: [view x] has compare_keys, but no unique; add unique to it\n"
                      "4: [view x] has max_lag, but no event_time; add event_time to it\n");
}

static void wrong_rules_are_refused(void **state)
{
    Fixture *fixture = *state;
    assert_line_fails(fixture,
                      "[view x]\ntolerance = 0.5\nmin_rows = -1\nmax_shrink = 100.1%\nmax_growth = .5%\nsums = a b",
                      "5: tolerance = 0.5 is not a percentage; write it like 10% or 0.5%\n"
                      "6: min_rows = -1 is not a count; write a whole number from 0 up, without separators\n"
                      "7: max_shrink = 100.1% is more than there is; write at most 100%\n"
                      "8: max_growth = .5% is not a percentage; write it like 10% or 0.5%\n"
                      "9: sums = a b is not a list of columns; names are separated by commas; "
                      "one with other signs needs double quotes\n");
    assert_line_fails(fixture, "[view x]\nsums = a,A", "5: sums names a twice; name it once\n");
    assert_line_fails(fixture, "[view x]\nsums = a,",
                      "5: sums = a, is not a list of columns; "
                      "a name is missing, or needs double quotes\n");
    assert_line_fails(fixture, "[view a.b.c]",
                      "4: [view a.b.c] does not name a view; "
                      "write a name, or schema.name\n");
}

static void a_former_name_is_resolved_and_taken_once(void **state)
{
    Fixture *fixture = *state;
    load(fixture, MINIMAL "schema = App\n[view new]\nrenamed_from = Old\n[view b]\nrenamed_from = sales.\"Old\"\n");
    ViewRules rules = config_rules_for(fixture, fixture->config, (Name){"app", "new"});
    assert_string_equal(rules.renamed_from.schema, "app");
    assert_string_equal(rules.renamed_from.name, "old");
    assert_false(config_has_limits(&rules));
    rules = config_rules_for(fixture, fixture->config, (Name){"app", "b"});
    assert_string_equal(rules.renamed_from.schema, "sales");
    assert_string_equal(rules.renamed_from.name, "Old");
    rules = config_rules_for(fixture, fixture->config, (Name){"app", "c"});
    assert_null(rules.renamed_from.name);
    assert_line_fails(fixture, "[view x]\nrenamed_from = a.b.c",
                      "5: renamed_from = a.b.c does not name a relation; write a name, or schema.name\n");
    assert_line_fails(fixture, "[view *]\nrenamed_from = x",
                      "4: [view *] has renamed_from; say it of each view that was renamed\n");
    assert_line_fails(fixture, "[view x]\nrenamed_from = public.X",
                      "4: [view x] says that it was renamed from its own name; "
                      "write what the view was called before, or leave renamed_from out\n");
    assert_line_fails(fixture, "[view x]\nrenamed_from = z\n[view y]\nrenamed_from = public.z",
                      "6: [view y] is renamed from public.z, and so is [view x] on line 4; "
                      "only one view can take its place\n");
}

static void a_table_is_adopted_by_one_view(void **state)
{
    Fixture *fixture = *state;
    load(fixture, MINIMAL "[view x]\nadopt = yes\n[view y]\nadopt = no\n");
    assert_true(config_rules_for(fixture->config, fixture->config, (Name){NULL, "x"}).adopt);
    assert_false(config_rules_for(fixture->config, fixture->config, (Name){NULL, "y"}).adopt);
    ViewRules rules = config_rules_for(fixture->config, fixture->config, (Name){NULL, "x"});
    assert_false(config_has_limits(&rules));
    assert_line_fails(fixture, "[view *]\nadopt = yes",
                      "4: [view *] has adopt; say it of each view that is to replace a table\n");
}

static void a_rule_for_no_view_is_an_error(void **state)
{
    Fixture *fixture = *state;
    const Name views[] = {{"public", "donations"}, {"app", "rounds"}};
    load(fixture, MINIMAL "[view *]\n[view Donations]\n[view app.rounds]\n");
    assert_int_equal(config_check_views(fixture->config, views, 2, fixture->errors), STATUS_OK);
    load(fixture, MINIMAL "[view donatoins]\n[view rounds]\n");
    assert_int_equal(config_check_views(fixture->config, views, 2, fixture->errors), STATUS_FAILED);
    assert_string_equal(all_errors(fixture),
                        mem_printf(fixture,
                                   "4: [view donatoins] names no view of the set; did you mean [view donations]?\n"
                                   "5: [view rounds] names no view of the set; "
                                   "rules are for views that a file in %s/q creates\n",
                                   fixture->folder));
}

static void search_path_is_split_and_folded(void **state)
{
    Fixture *fixture = *state;
    load(fixture, MINIMAL "[session]\nsearch_path = Sales, \"Raw Data\", sales\n");
    assert_int_equal(fixture->config->session_count, 0);
    assert_int_equal(fixture->config->search_path_count, 3);
    assert_string_equal(fixture->config->search_path[0], "public"); /* put first: it was missing */
    assert_string_equal(fixture->config->search_path[1], "sales");
    assert_string_equal(fixture->config->search_path[2], "Raw Data");
    load(fixture, MINIMAL "[session]\nsearch_path = sales, public\n");
    assert_int_equal(fixture->config->search_path_count, 2);
    assert_string_equal(fixture->config->search_path[0], "sales");
}

static void wrong_settings_are_refused(void **state)
{
    Fixture *fixture = *state;
    assert_line_fails(fixture, "[session]\nTimeZone = UTC\n1x = 1\nsearch_path = \"$user\", public",
                      "5: TimeZone is not the name of a setting; use lower-case letters, digits, _ and .\n"
                      "6: 1x is not the name of a setting; use lower-case letters, digits, _ and .\n"
                      "7: search_path holds \"$user\"; "
                      "it stands for another schema with every role: name the schema\n");
    assert_line_fails(fixture, "[session]\nsearch_path = PG_catalog",
                      "5: search_path holds pg_catalog; the server searches it first by itself: leave it out\n");
    assert_line_fails(fixture, "[session]\nsearch_path =",
                      "5: search_path =  is not a list of schemas; a name is missing, or needs double quotes\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults_are_those_of_the_manual),
        TEST(every_key_is_read),
        TEST(every_key_about_what_is_told_is_read),
        TEST(the_file_is_kept_as_it_stands),
        TEST(one_lock_timeout_is_both_ends),
        TEST(wrong_values_name_line_key_and_way_out),
        TEST(a_set_name_is_short_and_plain),
        TEST(set_and_queries_are_required),
        TEST(suffixes_must_differ),
        TEST(a_password_is_refused_and_never_shown),
        TEST(a_connection_string_that_does_not_parse_is_not_shown),
        TEST(rules_of_a_view_stand_over_the_defaults),
        TEST(rules_of_keys_time_and_checks_are_read),
        TEST(wrong_rules_of_keys_time_and_checks_are_refused),
        TEST(wrong_rules_are_refused),
        TEST(a_former_name_is_resolved_and_taken_once),
        TEST(a_table_is_adopted_by_one_view),
        TEST(a_rule_for_no_view_is_an_error),
        TEST(search_path_is_split_and_folded),
        TEST(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
