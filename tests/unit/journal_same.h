/* journal_same.h: runs that began, and whether what the journal gives back is what was written. */
#ifndef MATSWAP_TEST_JOURNAL_SAME_H
#define MATSWAP_TEST_JOURNAL_SAME_H

#include "journal_fixture.h"

static inline JournalRun *begun_run(Fixture *fixture, const char *set)
{
    JournalRun *run = sample_run(fixture, set);
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    return run;
}

static inline JournalRun *last_run(Fixture *fixture, const char *set)
{
    JournalRun *run = NULL;
    succeeds(fixture, journal_last(fixture, fixture->journal, set, &run, fixture->errors));
    return run;
}

/* Both NULL, or the same text. */
static inline void same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static inline void same_schema(const JournalSchema *a, const JournalSchema *b)
{
    same_text(a->live, b->live);
    same_text(a->incoming, b->incoming);
    same_text(a->outgoing, b->outgoing);
    assert_int_equal(a->made_incoming, b->made_incoming);
    assert_int_equal(a->made_outgoing, b->made_outgoing);
    same_text(a->incoming_before.comment, b->incoming_before.comment);
    same_text(a->incoming_before.acl, b->incoming_before.acl);
    same_text(a->outgoing_before.comment, b->outgoing_before.comment);
    same_text(a->outgoing_before.acl, b->outgoing_before.acl);
}

static inline void same_view(const JournalView *a, const JournalView *b)
{
    same_text(a->name.schema, b->name.schema);
    same_text(a->name.name, b->name.name);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->position, b->position);
    assert_int_equal(a->level, b->level);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->old_oid, b->old_oid);
    assert_int_equal(a->old_kind, b->old_kind);
    assert_int_equal(a->new_oid, b->new_oid);
    same_text(a->started_at, b->started_at);
    assert_true(a->duration_ms == b->duration_ms);
    assert_true(a->rows == b->rows);
    assert_true(a->bytes == b->bytes);
    same_text(a->totals, b->totals);
    same_text(a->measures, b->measures);
    same_text(a->watermark, b->watermark);
    same_text(a->completed_at, b->completed_at);
    same_text(a->error, b->error);
    assert_true(a->old_bytes == b->old_bytes);
    same_text(a->reads, b->reads);
    same_text(a->changes, b->changes);
    same_text(a->fingerprint, b->fingerprint);
    same_text(a->snapshot, b->snapshot);
    same_text(a->wal_lsn, b->wal_lsn);
    same_text(a->snapshot_at, b->snapshot_at);
}

static inline void same_run(const JournalRun *a, const JournalRun *b)
{
    assert_true(a->id == b->id);
    same_text(a->run, b->run);
    same_text(a->set, b->set);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->outcome, b->outcome);
    same_text(a->started_at, b->started_at);
    same_text(a->finished_at, b->finished_at);
    same_text(a->host, b->host);
    assert_true(a->pid == b->pid);
    same_text(a->version, b->version);
    same_text(a->config, b->config);
    same_text(a->system_identifier, b->system_identifier);
    same_text(a->database, b->database);
    same_text(a->fingerprint, b->fingerprint);
    assert_int_equal(a->keep_old, b->keep_old);
    assert_int_equal(a->is_rollback, b->is_rollback);
    assert_int_equal(a->partial, b->partial);
    same_text(a->snapshot, b->snapshot);
    same_text(a->wal_lsn, b->wal_lsn);
    same_text(a->surroundings, b->surroundings);
    same_text(a->snapshot_at, b->snapshot_at);
    same_text(a->swap_xid, b->swap_xid);
    assert_true(a->lock_ms == b->lock_ms);
    assert_true(a->lock_tries == b->lock_tries);
    assert_true(a->lock_wait_total_ms == b->lock_wait_total_ms);
    assert_true(a->lock_wait_longest_ms == b->lock_wait_longest_ms);
    same_text(a->seam, b->seam);
    same_text(a->settings, b->settings);
    same_text(a->error, b->error);
    assert_int_equal(a->schema_count, b->schema_count);
    for (size_t i = 0; i < a->schema_count; i++)
        same_schema(&a->schemas[i], &b->schemas[i]);
    assert_int_equal(a->view_count, b->view_count);
    for (size_t i = 0; i < a->view_count; i++)
        same_view(&a->views[i], &b->views[i]);
}

#endif
