/*
 * Covers src/init/file_name.c, select.c, ini.c, propose.c and text.c, without a server: what files are called, which
 * views make a set, which rules are proposed from which evidence; and that what is written is read by the program's own
 * parsers, whatever the names are.
 */
#include "config_fixture.h"

#include "../../src/init/init_internal.h"
#include "matswap/sql.h"

/* ---- file names ---------------------------------------------------------------------------------------------- */

/* "sales.sql a_b-1f2e3d4c.sql" for the names, each "schema:name", in order. */
static const char *named(const void *context, const char *const *names, size_t count)
{
    InitRelation *relations = mem_array(context, InitRelation, count);
    InitRelation **pointers = mem_array(context, InitRelation *, count);
    for (size_t i = 0; i < count; i++)
    {
        const char *colon = strchr(names[i], ':');
        relations[i].name = (Name){mem_strndup(context, names[i], (size_t) (colon - names[i])), colon + 1};
        pointers[i] = &relations[i];
    }
    file_names_give(context, pointers, count, "public");
    Text *text = text_new(context);
    for (size_t i = 0; i < count; i++)
        text_addf(text, "%s%s", i > 0 ? " " : "", relations[i].file);
    return text->data;
}

#define NAMED(...)                                                                                                     \
    named(fixture, (const char *const[]){__VA_ARGS__}, sizeof(const char *[]){__VA_ARGS__} / sizeof(char *))

static void plain_names_are_kept(void **state)
{
    Fixture *fixture = *state;
    assert_string_equal(NAMED("public:sales", "audit:sales", "public:Big-1_x"),
                        "sales.sql audit.sales.sql Big-1_x.sql");
}

static void other_names_are_made_plain_and_told_apart(void **state)
{
    Fixture *fixture = *state;
    assert_string_equal(NAMED("public:a/b", "public:a_b", "public:a.b", "a:b"),
                        "a_b-6a858066.sql a_b.sql a_b-90c3afcd.sql a.b.sql");
    assert_string_equal(NAMED("public:.hidden", "public:../up", "public:-rf"),
                        "_hidden-ad70e646.sql _up-94bbe014.sql _rf-ce815a81.sql");
    assert_string_equal(NAMED("public:gr\xc3\xb6\xc3\x9f"
                              "e",
                              "public:a\nb"),
                        "gr_e-52f54e2b.sql a_b-71ff4c01.sql");
}

static void names_that_differ_in_case_do_not_meet(void **state)
{
    Fixture *fixture = *state;
    assert_string_equal(NAMED("public:Sales", "public:sales", "public:SALES"),
                        "Sales-ecc08a88.sql sales.sql SALES-2913b288.sql");
    assert_string_equal(NAMED("public:Sales", "Public:Sales"), "Sales.sql Public.Sales.sql");
    assert_string_equal(NAMED("A:x", "a:X"), "A.x-40e4b8bc.sql a.X-057eb37c.sql");
}

static void the_longest_names_fit_a_file_system(void **state)
{
    Fixture *fixture = *state;
    char name[64];
    memset(name, '/', sizeof name - 1);
    name[63] = '\0';
    assert_true(strlen(NAMED(mem_printf(fixture, "%s:%s", name, name))) <= 255);
    memset(name, 'x', sizeof name - 1);
    assert_true(strlen(NAMED(mem_printf(fixture, "%s:%s", name, name))) <= 255);
}

/* ---- which views make a set ---------------------------------------------------------------------------------- */

/* "a(m) b(v)<a c(m)<b,a": kinds, and what each reads; upper case names are not wanted, a '!' refuses. */
static InitCatalog *catalog_of(const void *context, const char *spec)
{
    InitCatalog *catalog = mem_new(context, InitCatalog);
    catalog->refusals = errors_new(catalog);
    catalog->database = "shop";
    catalog->role = "etl";
    catalog->relations = mem_array(catalog, InitRelation, 26);
    char *words = mem_strdup(catalog, spec);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
    {
        InitRelation *relation = &catalog->relations[catalog->count++];
        relation->name = (Name){"public", mem_strndup(catalog, word, 1)};
        relation->label = relation->name.name;
        relation->kind = relation_kind(mem_strndup(catalog, word + 2, 1));
        relation->wanted = relation->kind == VIEW_MATERIALIZED && word[0] >= 'a';
        if (strchr(word, '!') != NULL)
            select_refuse(catalog, relation, "refused");
        for (const char *read = strchr(word, '<'); read != NULL; read = strchr(read + 1, ','))
            for (size_t i = 0; i < catalog->count; i++)
                if (catalog->relations[i].name.name[0] == read[1])
                {
                    MEM_PUSH(catalog, relation->reads, relation->read_count, &catalog->relations[i]);
                    MEM_PUSH(catalog, catalog->relations[i].readers, catalog->relations[i].reader_count, relation);
                }
    }
    return catalog;
}

static const char *members(const void *context, const char *spec)
{
    InitCatalog *catalog = catalog_of(context, spec);
    select_members(catalog);
    Text *text = text_new(context);
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog->relations[i].member)
            text_addf(text, "%s%s", catalog->relations[i].name.name, catalog->relations[i].because == NULL ? "" : "*");
    return text->data;
}

static void ordinary_views_come_along_only_between_members(void **state)
{
    Fixture *fixture = *state;
    assert_string_equal(members(fixture, "a(m) b(v)<a c(m)<b d(v)<c e(v) f(m)<e"), "ab*cf");
    assert_string_equal(members(fixture, "a(m) b(v)<a c(v)<b d(m)<c e(v)<b"), "ab*c*d");
}

static void what_reads_a_member_is_one(void **state)
{
    Fixture *fixture = *state;
    assert_string_equal(members(fixture, "a(m) B(m)<a C(m) D(m)<C"), "aB*");
    assert_string_equal(members(fixture, "a(m) b(v)<a C(m)<b D(m)<C"), "ab*C*D*");
    assert_string_equal(members(fixture, "A(m) b(m)<A"), "b");
}

static void what_stays_outside_takes_along_what_it_reads(void **state)
{
    Fixture *fixture = *state;
    assert_string_equal(members(fixture, "a(m) b(v)<a c(m)<b! d(m)<c e(m)"), "de");
    assert_string_equal(members(fixture, "a(m) B(m)<a! c(m)"), "c");
    assert_string_equal(members(fixture, "a(m) b(m)<a c(m)<b d(m)<c! e(m)<b"), "e");
}

static void a_view_between_that_cannot_be_a_member_parts_them(void **state)
{
    Fixture *fixture = *state;
    assert_string_equal(members(fixture, "a(m) b(v)!<a c(m)<b"), "c");
    assert_string_equal(members(fixture, "a(m) b(v)!<a c(m)"), "ac");
}

static void what_leaves_one_out_is_named(void **state)
{
    Fixture *fixture = *state;
    InitCatalog *catalog = catalog_of(fixture, "a(m) b(m)<a! c(m)!");
    select_members(catalog);
    assert_string_equal(catalog->relations[0].refusal->message,
                        "a is left out: b, which cannot be in the set, reads it");
    assert_true(catalog->relations[1].blamed);
    assert_false(catalog->relations[2].blamed);
}

/* ---- proposals ----------------------------------------------------------------------------------------------- */

static const int64_t hour = 3600 * INT64_C(1000);

#define COLUMNS(...)                                                                                                   \
    .columns = (InitColumn[]){__VA_ARGS__}, .column_count = sizeof(InitColumn[]){__VA_ARGS__} / sizeof(InitColumn)

static const char *proposed(const void *context, InitRelation relation)
{
    Text *text = text_new(context);
    propose_rules(text, &relation);
    return text->data;
}

static void numbers_that_are_no_identifiers_are_summed(void **state)
{
    Fixture *fixture = *state;
    const char *keys[] = {"k"};
    assert_string_equal(
        proposed(fixture,
                 (InitRelation){COLUMNS({.name = "id", .summable = true, .whole = true},
                                        {.name = "user_id", .summable = true, .whole = true},
                                        {.name = "number", .summable = true, .whole = true, .distinct_share = 1},
                                        {.name = "one", .summable = true, .constant = true},
                                        {.name = "k", .summable = true}, {.name = "Amount", .summable = true},
                                        {.name = "n", .summable = true, .whole = true, .distinct_share = 0.5},
                                        {.name = "text"}, {.name = "a ;b", .summable = true}),
                                .keys = &(InitKey){"k_idx", {keys, 1}}, .key_count = 1}),
        "#sums         = \"Amount\", n\n"
        "#tolerance    = 5%\n"
        "# proven by the unique index k_idx\n"
        "#unique       = k\n");
    assert_string_equal(proposed(fixture, (InitRelation){COLUMNS({.name = "id", .summable = true, .whole = true})}),
                        "");
}

static void the_event_time_is_the_one_with_evidence(void **state)
{
    Fixture *fixture = *state;
    assert_string_equal(
        proposed(fixture,
                 (InitRelation){COLUMNS(
                     {.name = "seldom", .temporal = true, .mostly_null = true, .has_age = true},
                     {.name = "expires", .temporal = true, .never_null = true, .has_age = true, .age_ms = -30 * hour},
                     {.name = "born",
                      .temporal = true,
                      .never_null = true,
                      .distinct_share = 0.1,
                      .has_age = true,
                      .age_ms = 9000 * hour},
                     {.name = "sold",
                      .temporal = true,
                      .never_null = true,
                      .distinct_share = 0.9,
                      .has_age = true,
                      .age_ms = 5 * hour})}),
        "# when something happened: the latest that ANALYZE has seen is 5 h old; could be born\n"
        "#event_time   = sold\n"
        "#max_lag      = 1d\n");
}

static const char *lag_of(const void *context, bool is_date, bool seen, int64_t age_ms)
{
    const char *text = proposed(
        context,
        (InitRelation){COLUMNS(
            {.name = "t", .temporal = true, .is_date = is_date, .unseen = !seen, .has_age = seen, .age_ms = age_ms})});
    const char *lag = strstr(text, "#max_lag      = ");
    return lag == NULL ? "" : mem_strndup(context, lag + 16, strlen(lag) - 17);
}

static void the_lag_is_twice_what_it_is_now(void **state)
{
    Fixture *fixture = *state;
    assert_string_equal(lag_of(fixture, false, true, 0), "1h");
    assert_string_equal(lag_of(fixture, false, true, hour / 2), "1h");
    assert_string_equal(lag_of(fixture, false, true, hour), "6h");
    assert_string_equal(lag_of(fixture, true, true, hour), "2d");
    assert_string_equal(lag_of(fixture, false, true, 20 * hour), "2d");
    assert_string_equal(lag_of(fixture, false, true, 45 * 24 * hour), "90d");
    assert_string_equal(lag_of(fixture, false, true, 46 * 24 * hour), "");
    assert_string_equal(lag_of(fixture, false, false, 0), "2d");
}

/* ---- what is written can be read ------------------------------------------------------------------------------ */

/* Takes the # from the proposals. */
static char *uncommented(const void *context, const char *text)
{
    Text *result = text_new(context);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
    {
        bool proposal = line[0] == '#' && (line[1] != ' ' || strncmp(line, "#    ", 5) == 0);
        text_add_bytes(result, line + proposal, strcspn(line, "\n") + 1 - proposal);
    }
    return result->data;
}

static const char *const hostile[] = {"a", "Q\"uote", "br]acket", "a;b", "a=b", "x # y", "[view z]", "select", "%s",
                                      ("gr\xc3\xb6\xc3\x9f" "e"), "'", "\\", "=", "; no", "it's, two"};

static void the_configuration_is_read_as_it_was_meant(void **state)
{
    Fixture *fixture = *state;
    size_t count = sizeof hostile / sizeof hostile[0];
    InitCatalog *catalog = catalog_of(fixture, "a(m)");
    InitRelation *relations = mem_array(fixture, InitRelation, count);
    InitRelation **pointers = mem_array(fixture, InitRelation *, count);
    for (size_t i = 0; i < count; i++)
    {
        InitColumn *column = mem_array(fixture, InitColumn, 1);
        *column = (InitColumn){.name = hostile[i], .summable = true};
        relations[i] = (InitRelation){.name = {"public", hostile[i]},
                                      .label = name_qualified(fixture, (Name){"public", hostile[i]}),
                                      .rows = -1,
                                      .columns = column,
                                      .column_count = 1};
        pointers[i] = &relations[i];
    }
    file_names_give(fixture, pointers, count, "public");
    Text *conninfo = text_new(fixture);
    text_add(conninfo, "dbname='a b'");
    for (int i = 0; i < 12; i++)
        text_addf(conninfo, " host=host-number-%02d.example.com", i);
    InitIni ini = {
        .from = conninfo->data, .set = "shop", .schema = "Sch ema", .members = pointers, .member_count = count};
    const char *text = uncommented(fixture, ini_text(fixture, catalog, &ini));
    assert_int_equal(load_bytes(fixture, text, strlen(text)), STATUS_OK);
    const Config *config = fixture->config;
    assert_string_equal(config->conninfo, conninfo->data);
    assert_string_equal(config->schema, "Sch ema");
    assert_string_equal(config->set, "shop");
    assert_int_equal(config->rules_count, count + 1); /* [view *] */
    for (size_t i = 0; i < count; i++)
    {
        ViewRules rules = config_rules_for(fixture, config, relations[i].name);
        assert_int_equal(rules.sums.count, 1);
        assert_string_equal(rules.sums.names[0], hostile[i]);
        assert_string_equal(rules.tolerance.number, "5");
        assert_int_equal(rules.min_rows, 1);
    }
}

static void a_long_list_of_columns_goes_over_several_lines(void **state)
{
    Fixture *fixture = *state;
    Text *value = text_new(fixture);
    for (int i = 0; i < 30; i++)
        text_addf(value, "%s\"column, number %02d\"", i > 0 ? ", " : "", i);
    Text *text = text_new(fixture);
    text_add(text, MINIMAL "[view x]\n");
    ini_add_value(text, "", "sums", value->data);
    assert_int_equal(load_bytes(fixture, text->data, text->length), STATUS_OK);
    assert_int_equal(fixture->config->rules[0].sums.count, 30);
    assert_string_equal(fixture->config->rules[0].sums.names[29], "column, number 29");
}

static void what_an_ini_file_cannot_say_is_known(void **state)
{
    assert_true(ini_can_say("a;b = \"c\" # d"));
    assert_false(ini_can_say("a ;b"));
    assert_false(ini_can_say("a  b"));
    assert_false(ini_can_say("a\nb"));
    assert_false(ini_can_say("a\tb"));
}

static InitRelation hostile_view(void)
{
    static InitPart parts[] = {
        {"index", "CREATE INDEX i ON public.\"a\nDROP\" USING btree (id)", NULL},
        {"comment", "COMMENT ON MATERIALIZED VIEW public.\"a\nDROP\" IS 'x'", NULL},
        {"owner", "ALTER MATERIALIZED VIEW public.\"a\nDROP\" OWNER TO \"b\rDROP\"", NULL},
        {"grant", "GRANT SELECT ON TABLE public.\"a\nDROP\" TO c", NULL},
        {"grant", "GRANT SELECT ON TABLE public.\"a\nDROP\" TO d", "granted by \"e\nDROP\", and carried over as such"},
    };
    return (InitRelation){.name = {"public", "a\nDROP"},
                          .label = "public.\"a\nDROP\"",
                          .kind = VIEW_MATERIALIZED,
                          .definition = " SELECT 1 AS id;",
                          .parts = parts,
                          .part_count = sizeof parts / sizeof parts[0]};
}

static size_t statements_in(Fixture *fixture, const char *text)
{
    SqlSet *set = NULL;
    const char *path = "x.sql";
    if (sql_read_texts(fixture, &path, &text, 1, "public", &set, fixture->errors) != STATUS_OK)
        return 0;
    return set->statement_count;
}

static void a_name_with_lines_stays_in_its_comment(void **state)
{
    Fixture *fixture = *state;
    InitCatalog *catalog = catalog_of(fixture, "a(m)");
    InitRelation view = hostile_view();
    const char *text = file_text(fixture, catalog, &view, false);
    assert_int_equal(statements_in(fixture, text), 3);
    assert_int_equal(statements_in(fixture, file_text(fixture, catalog, &view, true)), 4);
    for (const char *drop = strstr(text, "\rDROP"); drop != NULL; drop = strstr(drop + 1, "\rDROP"))
        fail_msg("a carriage return ends the comment");
}

static void a_sketch_is_no_file_of_the_set(void **state)
{
    Fixture *fixture = *state;
    InitCatalog *catalog = catalog_of(fixture, "a(m)");
    InitRelation table = hostile_view();
    table.kind = VIEW_IMPORT;
    assert_int_equal(statements_in(fixture, sketch_text(fixture, catalog, &table)), 0);
    assert_string_equal(fixture->errors->items[0]->message,
                        "syntax error at or near \"the_query_of_the_table_belongs_here\"");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_names_are_kept),
        TEST(other_names_are_made_plain_and_told_apart),
        TEST(names_that_differ_in_case_do_not_meet),
        TEST(the_longest_names_fit_a_file_system),
        TEST(ordinary_views_come_along_only_between_members),
        TEST(what_reads_a_member_is_one),
        TEST(what_stays_outside_takes_along_what_it_reads),
        TEST(a_view_between_that_cannot_be_a_member_parts_them),
        TEST(what_leaves_one_out_is_named),
        TEST(numbers_that_are_no_identifiers_are_summed),
        TEST(the_event_time_is_the_one_with_evidence),
        TEST(the_lag_is_twice_what_it_is_now),
        TEST(the_configuration_is_read_as_it_was_meant),
        TEST(a_long_list_of_columns_goes_over_several_lines),
        TEST(what_an_ini_file_cannot_say_is_known),
        TEST(a_name_with_lines_stays_in_its_comment),
        TEST(a_sketch_is_no_file_of_the_set),
    };
    return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
