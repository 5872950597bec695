/*
 * Covers journal/state.c: every pair of states against the arrows drawn in journal_state.h, and every entry of its
 * recovery table, both written down a second time here; and the table in docs/failure-modes.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "matswap/error.h"
#include "matswap/journal_state.h"
#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct Arrow
{
    RunState from, to;
} Arrow;

static const Arrow arrows[] = {
    {RUN_STARTED, RUN_BUILDING},   {RUN_STARTED, RUN_REVERTING},   {RUN_BUILDING, RUN_BUILT},
    {RUN_BUILDING, RUN_REVERTING}, {RUN_BUILT, RUN_VALIDATED},     {RUN_BUILT, RUN_REVERTING},
    {RUN_VALIDATED, RUN_SWAPPING}, {RUN_VALIDATED, RUN_REVERTING}, {RUN_SWAPPING, RUN_SWAPPED},
    {RUN_SWAPPING, RUN_VALIDATED}, {RUN_SWAPPING, RUN_REVERTING},  {RUN_SWAPPED, RUN_DONE},
    {RUN_REVERTING, RUN_REVERTED}, {RUN_BUILT, RUN_BUILDING},      {RUN_VALIDATED, RUN_BUILDING},
};

static bool is_drawn(RunState from, RunState to)
{
    for (size_t i = 0; i < sizeof arrows / sizeof arrows[0]; i++)
        if (arrows[i].from == from && arrows[i].to == to)
            return true;
    return false;
}

static void exactly_the_drawn_arrows_are_allowed(void **state)
{
    for (RunState from = 0; from < RUN_STATE_COUNT; from++)
        for (RunState to = 0; to < RUN_STATE_COUNT; to++)
            if (run_state_may_follow(from, to) != is_drawn(from, to))
                fail_msg("%s -> %s", run_state_word(from), run_state_word(to));
}

static void only_done_and_reverted_are_ends_and_nothing_leaves_them(void **state)
{
    for (RunState from = 0; from < RUN_STATE_COUNT; from++)
    {
        bool end = from == RUN_DONE || from == RUN_REVERTED;
        bool has_way_out = false;
        assert_int_equal(run_state_is_end(from), end);
        for (RunState to = 0; to < RUN_STATE_COUNT; to++)
            has_way_out = has_way_out || run_state_may_follow(from, to);
        assert_int_equal(has_way_out, !end);
    }
}

/* Invariant 5: from SWAPPED on the new generation is live. */
static void nothing_reverts_once_it_has_swapped(void **state)
{
    assert_false(run_state_may_follow(RUN_SWAPPED, RUN_REVERTING));
    assert_false(run_state_may_follow(RUN_SWAPPED, RUN_VALIDATED));
    assert_false(run_state_may_follow(RUN_REVERTING, RUN_SWAPPED));
}

static void words_are_read_back_and_others_are_not_states(void **state)
{
    for (RunState each = 0; each < RUN_STATE_COUNT; each++)
        assert_int_equal(run_state_from_word(run_state_word(each)), each);
    assert_string_equal(run_state_word(RUN_VALIDATED), "validated");
    assert_int_equal(run_state_from_word(""), -1);
    assert_int_equal(run_state_from_word("Done"), -1);
    assert_int_equal(run_state_from_word("buil"), -1);
    assert_int_equal(run_state_from_word("built "), -1);
}

static void recovery_is_what_the_page_says(void **state)
{
    static const RecoveryAct page[RUN_STATE_COUNT][3] = {
        {RECOVER_REVERT, RECOVER_START_OVER, RECOVER_REVERT}, /* started */
        {RECOVER_REVERT, RECOVER_GO_ON, RECOVER_REVERT},     /* building */
        {RECOVER_REVERT, RECOVER_GO_ON, RECOVER_REVERT},     /* built */
        {RECOVER_REVERT, RECOVER_GO_ON, RECOVER_REVERT},     /* validated */
        {RECOVER_SETTLE, RECOVER_SETTLE, RECOVER_SETTLE},    /* swapping */
        {RECOVER_FINISH, RECOVER_FINISH, RECOVER_SWAP_BACK}, /* swapped */
        {RECOVER_NOTHING, RECOVER_NOTHING, RECOVER_NOTHING}, /* done */
        {RECOVER_REVERT, RECOVER_REVERT, RECOVER_REVERT},    /* reverting */
        {RECOVER_NOTHING, RECOVER_NOTHING, RECOVER_NOTHING}, /* reverted */
    };
    for (RunState each = 0; each < RUN_STATE_COUNT; each++)
        for (int command = RECOVERY_RUN; command <= RECOVERY_ROLLBACK; command++)
            if (run_state_recovery(each, (RecoveryCommand) command) != page[each][command])
                fail_msg("%s, command %d", run_state_word(each), command);
}

/* The act must be one that its state can take: a revert goes through REVERTING, a finish ends in DONE. */
static void recovery_only_asks_for_transitions_that_exist(void **state)
{
    for (RunState each = 0; each < RUN_STATE_COUNT; each++)
        for (int command = RECOVERY_RUN; command <= RECOVERY_ROLLBACK; command++)
        {
            RecoveryAct act = run_state_recovery(each, (RecoveryCommand) command);
            assert_int_equal(act == RECOVER_NOTHING, run_state_is_end(each));
            if (act == RECOVER_REVERT || act == RECOVER_START_OVER)
                assert_true(each == RUN_REVERTING || run_state_may_follow(each, RUN_REVERTING));
            if (act == RECOVER_FINISH || act == RECOVER_SWAP_BACK)
                assert_true(run_state_may_follow(each, RUN_DONE));
        }
}

static void the_documented_states_are_the_table(void **state)
{
    void *context = talloc_new(NULL);
    Errors *errors = errors_new(context);
    char *page = NULL;
    assert_int_equal(text_read_file(context, "docs/failure-modes.md", &page, NULL, errors), STATUS_OK);
    Text *rows = text_new(context);
    text_add(rows, "| state | what the catalog may look like | `run` first | `resume` | `rollback` |\n"
                   "| --- | --- | --- | --- | --- |\n");
    for (RunState each = 0; each < RUN_STATE_COUNT; each++)
    {
        text_addf(rows, "| %s | %s |", run_state_word(each), run_state_catalog(each));
        for (int command = 0; command < RECOVERY_COMMAND_COUNT; command++)
            text_addf(rows, " %s |", recovery_act_word(run_state_recovery(each, (RecoveryCommand) command)));
        text_add(rows, "\n");
    }
    const char *documented = strstr(page, "| state |");
    assert_non_null(documented);
    const char *end = strstr(documented, "\n\n");
    assert_non_null(end);
    assert_string_equal(mem_strndup(context, documented, (size_t) (end + 1 - documented)), rows->data);
    talloc_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_drawn_arrows_are_allowed),
        cmocka_unit_test(only_done_and_reverted_are_ends_and_nothing_leaves_them),
        cmocka_unit_test(nothing_reverts_once_it_has_swapped),
        cmocka_unit_test(words_are_read_back_and_others_are_not_states),
        cmocka_unit_test(recovery_is_what_the_page_says),
        cmocka_unit_test(recovery_only_asks_for_transitions_that_exist),
        cmocka_unit_test(the_documented_states_are_the_table),
    };
    return cmocka_run_group_tests_name("journal_state", tests, NULL, NULL);
}
