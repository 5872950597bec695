/*
 * Covers src/stage/dependents.c on a real server: every kind of object that can depend on a live view is found, views
 * are bound to a moved generation with everything that surrounds them, the rest is refused by name, and a column
 * contract that changes under a dependent is reported.
 */
#include "pg_sql.h"
#include "stage_fixture.h"

/* Members a (materialized, everything of its own) and b (ordinary), and a hostile one that holds a's row type. */
static void make_members(Stage *stage)
{
    stage_sql(stage, "CREATE SCHEMA \"S x\"; CREATE TABLE t (id int, s text, d numeric(10,2))");
    stage_sql(stage, "CREATE MATERIALIZED VIEW a AS SELECT * FROM t; CREATE UNIQUE INDEX ON a (id); "
                     "CREATE INDEX ON a ((a IS NULL)); CREATE STATISTICS ast ON id, s FROM a");
    stage_sql(stage, "CREATE VIEW b WITH (security_barrier) AS SELECT id, s FROM a; "
                     "ALTER VIEW b ALTER s SET DEFAULT ('a'::regclass)::text");
    stage_sql(stage, "CREATE MATERIALIZED VIEW \"S x\".\"M \"\"q\" AS SELECT a.id, a FROM a");
    stage_add(stage, "public", "a", VIEW_MATERIALIZED, true);
    stage_add(stage, "public", "b", VIEW_ORDINARY, true);
    stage_add(stage, "S x", "M \"q", VIEW_MATERIALIZED, true);
    stage_finish_plan(stage);
}

static void members_and_their_parts_are_no_dependents(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    assert_string_equal(stage_check(stage), "");
    assert_int_equal(stage->run->preflight->rebind_count, 0);
}

static void a_member_may_have_the_row_type_of_another(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE MATERIALIZED VIEW a AS SELECT 1 AS id; CREATE VIEW b AS SELECT a FROM a");
    stage_add(stage, "public", "a", VIEW_MATERIALIZED, true);
    stage_add(stage, "public", "b", VIEW_ORDINARY, true);
    stage_finish_plan(stage);
    assert_string_equal(stage_check(stage), "");
}

static void types_and_their_like_are_refused(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE FUNCTION f1(a) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
                     "CREATE FUNCTION free() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM a'");
    stage_sql(stage, "CREATE DOMAIN dm AS a; CREATE TYPE ct AS (x int, y a); CREATE TYPE rt AS RANGE (SUBTYPE = a)");
    stage_sql(stage, "CREATE CAST (a AS int) WITH FUNCTION f1(a); "
                     "CREATE FUNCTION eq(a, a) RETURNS bool LANGUAGE sql AS 'SELECT true'; "
                     "CREATE OPERATOR === (LEFTARG = a, RIGHTARG = a, FUNCTION = eq); "
                     "CREATE FUNCTION sf(int, a) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
                     "CREATE AGGREGATE ag(a) (SFUNC = sf, STYPE = int)");
    const char *said = stage_check(stage);
    assert_says(said, "function public.ag(public.a) is an aggregate on the row type of public.a, and can't follow it to "
                      "a new generation; drop it before the run");
    assert_says(said, "type public.dm is made from the row type of public.a");
    assert_says(said, "column y of composite type public.ct has the row type of public.a");
    assert_says(said, "type public.rt is made from");
    assert_says(said, "cast from public.a to integer converts");
    assert_says(said, "operator public.===(public.a,public.a) works on");
    assert_null(strstr(said, "free()"));
    assert_null(strstr(said, "function public.rt("));
}

static const Rebind *rebind_of(const Stage *stage, const char *label)
{
    const Preflight *preflight = stage->run->preflight;
    for (size_t i = 0; i < preflight->rebind_count; i++)
        if (strcmp(preflight->rebinds[i].label, label) == 0)
            return &preflight->rebinds[i];
    fail_msg("%s is not rebound", label);
    return NULL;
}

static const char *first_statement(const Stage *stage, const char *label)
{
    const Rebind *rebind = rebind_of(stage, label);
    return rebind->statements[0] == NULL ? NULL : rebind->statements[rebind->statement_count > 1 ? 1 : 0];
}

static void functions_with_the_row_type_are_made_anew(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE FUNCTION f1(a) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
                     "CREATE FUNCTION f2() RETURNS SETOF a LANGUAGE sql AS 'SELECT * FROM a'; "
                     "CREATE FUNCTION f4(x int = (ARRAY[NULL::a])[1].id) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
                     "CREATE FUNCTION f5(VARIADIC a[]) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
                     "CREATE PROCEDURE p1(INOUT r a) LANGUAGE plpgsql AS 'BEGIN END'; "
                     "CREATE FUNCTION free() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM a'");
    assert_string_equal(stage_check(stage), "");
    assert_int_equal(stage->run->preflight->rebind_count, 5);
    assert_int_equal(stage->run->preflight->rebind_lock_count, 0);
    assert_true(rebind_of(stage, "function public.f1(public.a)")->anew);
    assert_true(rebind_of(stage, "function public.f2()")->anew);
    assert_false(rebind_of(stage, "function public.f4(integer)")->anew);
    assert_true(rebind_of(stage, "function public.f5(public.a[])")->anew);
    const Rebind *procedure = rebind_of(stage, "function public.p1(public.a)");
    assert_says(procedure->before, "ALTER ROUTINE public.p1(INOUT r public.a) RENAME TO matswap_");
    assert_says(procedure->after, "DROP ROUTINE public.matswap_");
    assert_null(rebind_of(stage, "function public.f4(integer)")->before);
    assert_null(rebind_of(stage, "function public.f4(integer)")->after);
}

static void bound_bodies_are_replaced(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    if (pg_server_version(stage->admin) < 140000)
        skip();
    stage_sql(stage, "CREATE FUNCTION f3() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM a; END; "
                     "CREATE FUNCTION f6() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT f3(); END");
    assert_string_equal(stage_check(stage), "");
    assert_int_equal(stage->run->preflight->rebind_count, 1); /* f6 keeps calling f3 */
    assert_false(rebind_of(stage, "function public.f3()")->anew);
    assert_says(first_statement(stage, "function public.f3()"), "CREATE OR REPLACE FUNCTION public.f3()");
}

static void parts_of_tables_follow(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE TABLE tt2 (e int DEFAULT ('a'::regclass)::oid::int); "
                     "CREATE POLICY p1 ON t USING (EXISTS (SELECT FROM a WHERE a.id = t.id)) WITH CHECK (id > 7); "
                     "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
                     "CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW WHEN ('a'::regclass IS NOT NULL) "
                     "EXECUTE FUNCTION tf(); ALTER TABLE t DISABLE TRIGGER trg; "
                     "CREATE RULE rr AS ON INSERT TO t DO ALSO SELECT count(*) FROM b");
    assert_string_equal(stage_check(stage), "");
    assert_int_equal(stage->run->preflight->rebind_count, 4);
    assert_int_equal(stage->run->preflight->rebind_lock_count, 2); /* t once, and tt2 */
    assert_string_equal(first_statement(stage, "default value for column e of table public.tt2"),
                        "ALTER TABLE ONLY public.tt2 ALTER COLUMN e SET DEFAULT "
                        "(('public.a'::regclass)::oid)::integer");
    assert_says(first_statement(stage, "policy p1 on table public.t"), "ALTER POLICY p1 ON public.t USING (");
    assert_says(first_statement(stage, "policy p1 on table public.t"), " WITH CHECK ((id > 7))");
    assert_says(first_statement(stage, "rule rr on table public.t"), "CREATE OR REPLACE RULE rr AS");
    assert_string_equal(rebind_of(stage, "trigger trg on table public.t")->before,
                        "DROP TRIGGER trg ON public.t RESTRICT");
    assert_string_equal(first_statement(stage, "trigger trg on table public.t"),
                        "ALTER TABLE public.t DISABLE TRIGGER trg");
}

static void parts_of_tables_that_are_stored_are_refused(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE FUNCTION f() RETURNS a IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
                     "CREATE TABLE tt (c a, CONSTRAINT chk CHECK (c IS DISTINCT FROM NULL::a)); "
                     "CREATE TABLE tt2 (c a[], CONSTRAINT chk2 CHECK (f() IS NOT NULL), "
                     "g bool GENERATED ALWAYS AS (f() IS NULL) STORED); "
                     "CREATE DOMAIN positive AS int CONSTRAINT chk3 CHECK (f() IS NOT NULL); "
                     "CREATE INDEX ti ON t ((('a'::regclass)::oid::int)); CREATE INDEX ti2 ON t ((f() IS NULL))");
    const char *said = stage_check(stage);
    assert_says(said, "column c of table public.tt has the row type of public.a");
    assert_says(said, "column c of table public.tt2 has the row type of public.a");
    assert_says(said, "constraint chk on table public.tt refers to public.a");
    assert_says(said, "constraint chk2 on table public.tt2 refers to public.f()");
    assert_says(said, "constraint chk3 refers to public.f()");
    assert_says(said, "column g of table public.tt2 is generated from public.f()");
    assert_says(said, "index public.ti depends on public.a");
    assert_says(said, "index public.ti2 depends on public.f()");
    if (pg_server_version(stage->admin) < 140000)
        return;
    stage_sql(stage, "CREATE STATISTICS st ON (s || ('a'::regclass)::text), id FROM t");
    assert_says(stage_check(stage), "statistics object public.st depends on public.a");
    if (pg_server_version(stage->admin) < 150000)
        return;
    stage_sql(stage, "CREATE PUBLICATION pb FOR TABLE t WHERE (id > (('a'::regclass)::oid::int))");
    assert_says(stage_check(stage), "publication of table public.t in publication pb depends on public.a");
}

static void what_members_need_cannot_be_made_anew(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE MATERIALIZED VIEW a AS SELECT 1 AS id; "
                     "CREATE FUNCTION f(a) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
                     "CREATE VIEW b AS SELECT f(a) FROM a");
    stage_add(stage, "public", "a", VIEW_MATERIALIZED, true);
    stage_add(stage, "public", "b", VIEW_ORDINARY, true);
    stage_finish_plan(stage);
    assert_says(stage_check(stage), "view public.b is part of the set, and its old generation keeps needing "
                                    "public.f(public.a), and can't follow it to a new generation");
}

static void what_hangs_on_a_new_view_is_made_with_it(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW row AS SELECT a, id FROM a; CREATE VIEW scalar AS SELECT id FROM row; "
                     "CREATE VIEW above AS SELECT id FROM scalar; "
                     "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
                     "CREATE TRIGGER trg INSTEAD OF INSERT ON row FOR EACH ROW EXECUTE FUNCTION tf(); "
                     "ALTER VIEW row ALTER id SET DEFAULT 7; CREATE RULE rr AS ON DELETE TO row DO INSTEAD NOTHING; "
                     "CREATE MATERIALIZED VIEW outside AS SELECT count(*) FROM row");
    assert_says(stage_check(stage), "materialized view public.outside reads public.\"row\" and is not part of the set");
    stage_sql(stage, "DROP MATERIALIZED VIEW outside");
    assert_string_equal(stage_check(stage), "");
    assert_int_equal(stage->run->preflight->rebind_count, 5); /* `above` keeps reading `scalar` */
    assert_true(rebind_of(stage, "view public.\"row\"")->anew);
    assert_false(rebind_of(stage, "view public.scalar")->anew);
    assert_null(rebind_of(stage, "trigger trg on view public.\"row\"")->before); /* it goes with the view */
    rebind_of(stage, "rule rr on view public.\"row\"");
    rebind_of(stage, "default value for column id of view public.\"row\"");
    assert_string_equal(stage->run->preflight->rebinds[0].label, "view public.\"row\"");
}

static void rules_and_triggers_on_members_are_theirs(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
                     "CREATE TRIGGER trg INSTEAD OF INSERT ON b FOR EACH ROW EXECUTE FUNCTION tf(); "
                     "CREATE RULE rb AS ON DELETE TO b DO INSTEAD NOTHING");
    assert_string_equal(stage_check(stage), "");
}

static void materialized_views_outside_belong_in_the_set(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE MATERIALIZED VIEW \"M 1\" AS SELECT a, b.id FROM a JOIN b USING (id)");
    const char *said = stage_check(stage);
    assert_says(said, "materialized view public.\"M 1\" reads public.a, public.b and is not part of the set; it belongs "
                      "in the set (under --only, name it too), or drop it; this adopts it: psql ");
    assert_null(strstr(said, "column"));
    assert_null(strstr(strstr(said, "\n") + 1, "M 1"));

    /* the kept old generation of this set is not outside */
    stage_sql(stage, "CREATE SCHEMA public_old; COMMENT ON SCHEMA public_old IS 'matswap set=test run=1'; "
                     "ALTER MATERIALIZED VIEW \"M 1\" SET SCHEMA public_old");
    assert_string_equal(stage_check(stage), "");
}

static void views_that_cannot_be_replaced_are_refused(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW ext AS SELECT id FROM a; "
                     "ALTER EXTENSION plpgsql ADD VIEW ext");
    stage_sql(stage, "CREATE TEMP VIEW tv AS SELECT id FROM a"); /* by another session than the run's */
    const char *said = stage_check(stage);
    assert_says(said, "view public.ext depends on the set and belongs to extension plpgsql; ALTER EXTENSION plpgsql DROP VIEW "
                      "public.ext");
    assert_says(said, "view pg_temp_");
    assert_says(said, ".tv is another session's temporary object and depends on the set; end that session (of role "
                      "postgres)");
}

static void views_of_strangers_are_refused(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW v AS SELECT id FROM a; CREATE SCHEMA far; CREATE VIEW far.w AS SELECT id FROM a; "
                     "CREATE ROLE boss; ALTER VIEW v OWNER TO boss");
    stage_as_app(stage, "ALTER VIEW far.w OWNER TO app; GRANT CREATE ON DATABASE matswap_test TO app; "
                        "GRANT ALL ON SCHEMA public, \"S x\" TO app; ALTER MATERIALIZED VIEW a OWNER TO app; "
                        "ALTER VIEW b OWNER TO app; ALTER MATERIALIZED VIEW \"S x\".\"M \"\"q\" OWNER TO app");
    const char *said = stage_check(stage);
    assert_says(said, "view public.v depends on the set and is owned by boss, and role app may not act for it; GRANT boss TO "
                      "app");
    assert_says(said, "view far.w depends on the set, and role app may not replace it: it lacks CREATE or USAGE on its schema; "
                      "GRANT USAGE, CREATE ON SCHEMA far TO app");
}

/* Everything that CREATE OR REPLACE VIEW could lose. */
static const char *const surroundings =
    "SELECT concat_ws(' | ', c.reloptions::text, c.relacl::text, c.relowner::regrole, "
    "obj_description(c.oid, 'pg_class'), col_description(c.oid, 2), "
    "(SELECT string_agg(attname || attacl::text, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid "
    "AND attacl IS NOT NULL), "
    "(SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0), "
    "(SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = c.oid), pg_get_viewdef(c.oid)) AS v "
    "FROM pg_class c WHERE c.relname = 'V \"1'";

static void rebound_views_keep_all_that_surrounds_them(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE ROLE boss; CREATE VIEW \"V \"\"1\" (\"I\", \"j k\") WITH (security_barrier, "
                     "check_option = local) AS SELECT id, s FROM b WHERE id > 0; COMMENT ON VIEW \"V \"\"1\" IS 'v''s'; "
                     "COMMENT ON COLUMN \"V \"\"1\".\"j k\" IS 'c'; GRANT SELECT ON \"V \"\"1\" TO boss; "
                     "GRANT UPDATE (\"I\") ON \"V \"\"1\" TO PUBLIC; ALTER VIEW \"V \"\"1\" OWNER TO boss; "
                     "ALTER VIEW \"V \"\"1\" ALTER \"I\" SET DEFAULT 7");
    if (pg_server_version(stage->admin) >= 150000)
        stage_sql(stage, "ALTER VIEW \"V \"\"1\" SET (security_invoker = true)");
    assert_string_equal(stage_check(stage), "");
    const Preflight *preflight = stage->run->preflight;
    assert_int_equal(preflight->rebind_count, 1);
    assert_string_equal(preflight->rebinds[0].label, "view public.\"V \"\"1\"");
    assert_false(preflight->rebinds[0].anew);
    assert_null(preflight->rebinds[0].before);
    assert_null(preflight->rebinds[0].after);
    assert_int_equal(preflight->rebinds[0].statement_count, 1);
    const char *before = stage_value(stage, stage->run->control, surroundings);
    assert_says(before, "check_option=local");

    uint32_t old = stage_oid(stage, "b");
    stage_sql(stage, "CREATE SCHEMA public_old; CREATE SCHEMA public_new; "
                     "CREATE VIEW public_new.b WITH (security_barrier) AS SELECT id, s FROM t; "
                     "ALTER VIEW b SET SCHEMA public_old; ALTER VIEW public_new.b SET SCHEMA public");
    stage_sql_on(stage, stage->run->control, preflight->rebinds[0].statements[0]);
    assert_string_equal(stage_value(stage, stage->run->control, surroundings), before);
    assert_true(stage_oid(stage, "b") != old);
    stage_sql(stage, "DROP VIEW public_old.b"); /* without CASCADE: nothing depends on it any more */
}

static void views_come_after_the_views_they_read(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW z AS SELECT count(*) FROM a; CREATE VIEW y AS SELECT a.id FROM a, z; "
                     "CREATE VIEW c AS SELECT a.id FROM a, y, z; CREATE VIEW indirect AS SELECT * FROM c; "
                     "CREATE VIEW ring AS SELECT id FROM a; CREATE VIEW ring2 AS SELECT ring.id FROM ring, a; "
                     "CREATE OR REPLACE VIEW ring AS SELECT a.id FROM a, ring2");
    assert_string_equal(stage_check(stage), "");
    const Preflight *preflight = stage->run->preflight;
    assert_int_equal(preflight->rebind_count, 5); /* a view that only reads `c` keeps doing so */
    Text *order = text_new(stage);
    for (size_t i = 0; i < preflight->rebind_count; i++)
        if (strstr(preflight->rebinds[i].label, "ring") == NULL)
            text_add(order, strrchr(preflight->rebinds[i].label, '.') + 1);
    assert_string_equal(order->data, "zyc");
}

/* ---- changes ---------------------------------------------------------------------------------------------- */

/* As the swap asks under its locks. */
static bool is_unchanged(Stage *stage)
{
    PgRows *rows;
    const char **parameters = dependents_fingerprint_parameters(stage->run, stage->run);
    assert_int_equal(pg_query(stage->run, stage->run->control, &rows, stage->errors, SQL_DEPENDENTS_FINGERPRINT,
                              DEPENDENTS_FINGERPRINT_PARAMETERS, parameters), STATUS_OK);
    return strcmp(pg_text(rows, 0, "fingerprint"), stage->run->preflight->dependents) == 0;
}

static void every_change_is_noticed(void **state)
{
    static const char *const changes[] = {
        "CREATE VIEW public.late AS SELECT id FROM public.a",
        "CREATE VIEW public.late AS SELECT id FROM public.row",
        "CREATE FUNCTION public.late(public.a[]) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP VIEW public.scalar",
        "ALTER VIEW public.scalar RENAME TO other",
        "ALTER VIEW public.scalar RENAME id TO other",
        "ALTER VIEW public.scalar SET (security_barrier)",
        "ALTER VIEW public.row OWNER TO boss",
        "ALTER VIEW public.row ALTER id SET DEFAULT 8",
        "CREATE OR REPLACE VIEW public.scalar AS SELECT id + 1 AS id FROM public.row",
        "GRANT SELECT ON public.row TO PUBLIC",
        "GRANT SELECT (id) ON public.row TO PUBLIC",
        "COMMENT ON VIEW public.row IS 'other'",
        "COMMENT ON COLUMN public.row.id IS 'other'",
        "COMMENT ON RULE rr ON public.row IS 'other'",
        "CREATE OR REPLACE RULE rr AS ON DELETE TO public.row DO INSTEAD SELECT 1",
        "CREATE RULE rr2 AS ON UPDATE TO public.row DO INSTEAD NOTHING",
        "CREATE OR REPLACE FUNCTION public.f(public.a) RETURNS int LANGUAGE sql AS 'SELECT 2'",
        "ALTER FUNCTION public.f SET work_mem = '8MB'",
        "ALTER FUNCTION public.f OWNER TO boss",
        "GRANT EXECUTE ON FUNCTION public.f TO boss",
        "COMMENT ON FUNCTION public.f IS 'other'",
        "ALTER FUNCTION public.f DEPENDS ON EXTENSION plpgsql",
        "ALTER FUNCTION public.f SET SCHEMA \"S x\"",
        "ALTER POLICY p1 ON public.t USING (id = 3)",
        "COMMENT ON POLICY p1 ON public.t IS 'other'",
        "ALTER TABLE public.t DISABLE TRIGGER trg",
        "COMMENT ON TRIGGER trg ON public.t IS 'other'",
        "ALTER TABLE public.t RENAME TO other",
        "ALTER SCHEMA public RENAME TO other",
    };
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE ROLE boss; CREATE VIEW row AS SELECT a, id FROM a; CREATE VIEW scalar AS SELECT id FROM row; "
                     "CREATE RULE rr AS ON DELETE TO row DO INSTEAD NOTHING; ALTER VIEW row ALTER id SET DEFAULT 7; "
                     "CREATE FUNCTION f(a) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
                     "CREATE POLICY p1 ON t USING (EXISTS (SELECT FROM a WHERE a.id = t.id)); "
                     "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
                     "CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW WHEN ('a'::regclass IS NOT NULL) "
                     "EXECUTE FUNCTION tf()");
    assert_string_equal(stage_check(stage), "");
    PgConnection *control = stage->run->control;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
    {
        stage_sql_on(stage, control, "BEGIN");
        stage_sql_on(stage, control, changes[i]);
        if (is_unchanged(stage))
            fail_msg("not noticed: %s", changes[i]);
        pg_rollback(control);
    }
    /* others' business */
    stage_sql(stage, "REFRESH MATERIALIZED VIEW a; ANALYZE t; CREATE VIEW above AS SELECT id FROM scalar; "
                     "INSERT INTO t VALUES (1); CREATE INDEX ON t (id)");
    stage_sql(stage, "VACUUM t");
    assert_true(is_unchanged(stage));
}

/* ---- columns ---------------------------------------------------------------------------------------------- */

static const char *check_columns(Stage *stage, const char *new_generation)
{
    assert_string_equal(stage_check(stage), "");
    stage_sql(stage, "CREATE SCHEMA IF NOT EXISTS public_new; CREATE SCHEMA IF NOT EXISTS \"S x_new\"");
    stage_sql_on(stage, stage->run->control, "BEGIN");
    stage_sql_on(stage, stage->run->control, new_generation);
    Status status = dependents_check_columns(stage->run, stage->errors);
    const char *said = stage_error_lines(stage);
    assert_int_equal(status, said[0] == '\0' ? STATUS_OK : STATUS_FAILED);
    assert_int_equal(errors_have(stage->errors, ERROR_REFUSED), said[0] != '\0');
    errors_truncate(stage->errors, 0);
    pg_rollback(stage->run->control);
    return said;
}

static void used_columns_must_stay_as_they_are(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW v AS SELECT id, d FROM a; CREATE VIEW w AS SELECT upper(s) AS u FROM a");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT 1 AS first, s, id, d "
                                             "FROM public.t WITH NO DATA"), "");
    const char *said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT d::numeric(12,2), "
                                            "s COLLATE \"C\" FROM public.t WITH NO DATA");
    assert_says(said, "column id (integer) of public.a, which view public.v uses, is gone in the new generation; ");
    assert_says(said, "column d of public.a, which view public.v uses, changes its type from numeric(10,2) to "
                      "numeric(12,2)");
    assert_says(said, "column s of public.a, which view public.w uses, changes its type from text COLLATE \"default\" to "
                      "text COLLATE \"C\"");
    assert_null(strstr(said, "s of public.a, which view public.v"));
}

static void unused_columns_may_change(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW v AS SELECT id FROM a; CREATE VIEW n AS SELECT count(*) FROM a; "
                     "CREATE VIEW r AS SELECT 'a'::regclass AS r");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT 1 AS more, id FROM "
                                             "public.t WITH NO DATA"), "");
}

static void whole_rows_need_all_columns_in_order(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW j AS SELECT row_to_json(a) AS j FROM a; CREATE VIEW n AS SELECT NULL::a IS NULL AS n");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS TABLE public.t WITH NO DATA"), "");
    const char *said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT s, id, d, 1 AS more FROM "
                                            "public.t WITH NO DATA");
    assert_says(said, "column id (integer) of public.a, whose whole rows view public.j uses by position, moves from "
                      "position 1 to 2");
    assert_null(strstr(said, "column more"));
}

/* Columns that are named by a list of aliases would silently change places. */
static void what_only_uses_a_changed_column_is_tried(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW j AS SELECT row_to_json(a) AS j FROM a; CREATE VIEW r AS SELECT a AS r FROM a; "
                     "CREATE VIEW w AS SELECT s FROM a WHERE id > 7; CREATE VIEW o AS SELECT id FROM a; "
                     "CREATE VIEW up AS SELECT upper(s) AS u FROM a; CREATE SCHEMA elsewhere; "
                     "CREATE VIEW elsewhere.\"M \"\"q\" AS SELECT s FROM public.a WHERE id > 7; "
                     "CREATE VIEW elsewhere.w AS SELECT s FROM public.a WHERE id > 7");
    const char *said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT id::bigint AS id, s, d, 1 AS "
                                            "more FROM public.t WITH NO DATA; "
                                            "CREATE MATERIALIZED VIEW \"S x_new\".\"M \"\"q\" AS SELECT 1 AS id");
    assert_says(said, "column id of public.a, which view public.o uses, changes its type from integer to bigint");
    /* its name is taken where it would be tried */
    assert_says(said, "column id of public.a, which view elsewhere.\"M \"\"q\" uses, changes its type");
    assert_null(strstr(said, "view public.j"));
    assert_null(strstr(said, "view public.r"));
    assert_null(strstr(said, "view public.w"));
    assert_null(strstr(said, "elsewhere.w"));
    said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT id, 7 AS s, d FROM public.t WITH NO DATA");
    assert_says(said, "column s of public.a, which view public.up uses, changes its type from text COLLATE \"default\" "
                      "to integer");
    assert_says(said, "function upper(integer) does not exist");
}

static void lists_of_aliases_need_the_same_positions(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW u AS SELECT id, a.s, t.s AS s2 FROM t JOIN a USING (id); "
                     "CREATE VIEW l AS SELECT q FROM a AS \"x y\" (p, q); CREATE VIEW plain AS SELECT x.s FROM a AS x");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT *, 1 AS more FROM public.t "
                                             "WITH NO DATA"), "");
    const char *said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT s, id, d FROM public.t WITH "
                                            "NO DATA");
    assert_says(said, "which view public.u uses by position, moves from position 1 to 2");
    assert_says(said, "which view public.l uses by position, moves from position 2 to 1");
    assert_null(strstr(said, "plain"));
}

static void row_types_of_the_new_generation_are_the_same_types(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW v AS SELECT (m.a).id AS i FROM \"S x\".\"M \"\"q\" m");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS TABLE public.t WITH NO DATA; "
                                             "CREATE MATERIALIZED VIEW \"S x_new\".\"M \"\"q\" AS SELECT a.id, a FROM "
                                             "public_new.a WITH NO DATA"), "");
    assert_says(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT s FROM public.t WITH NO DATA; "
                                     "CREATE MATERIALIZED VIEW \"S x_new\".\"M \"\"q\" AS SELECT 1 AS id, a FROM "
                                     "public_new.a WITH NO DATA"),
                "column id (integer) of public.a, which view public.v uses, is gone");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(members_and_their_parts_are_no_dependents),
        TEST(a_member_may_have_the_row_type_of_another),
        TEST(types_and_their_like_are_refused),
        TEST(functions_with_the_row_type_are_made_anew),
        TEST(bound_bodies_are_replaced),
        TEST(parts_of_tables_follow),
        TEST(parts_of_tables_that_are_stored_are_refused),
        TEST(what_members_need_cannot_be_made_anew),
        TEST(what_hangs_on_a_new_view_is_made_with_it),
        TEST(rules_and_triggers_on_members_are_theirs),
        TEST(materialized_views_outside_belong_in_the_set),
        TEST(views_that_cannot_be_replaced_are_refused),
        TEST(views_of_strangers_are_refused),
        TEST(rebound_views_keep_all_that_surrounds_them),
        TEST(views_come_after_the_views_they_read),
        TEST(every_change_is_noticed),
        TEST(used_columns_must_stay_as_they_are),
        TEST(unused_columns_may_change),
        TEST(whole_rows_need_all_columns_in_order),
        TEST(what_only_uses_a_changed_column_is_tried),
        TEST(lists_of_aliases_need_the_same_positions),
        TEST(row_types_of_the_new_generation_are_the_same_types),
    };
    return cmocka_run_group_tests_name("dependents", tests, cluster_setup, cluster_teardown);
}
