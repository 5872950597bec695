/*
 * resume_coordinates.c: of which snapshots the views of a generation are.
 */
#include "matswap/memory.h"
#include "matswap/text.h"
#include "stage_internal.h"

typedef struct Coordinate
{
    const char *snapshot, *wal_lsn, *at;
} Coordinate;

static Coordinate coordinate_of_run(const JournalRun *record)
{
    return (Coordinate){record->snapshot, record->wal_lsn, record->snapshot_at};
}

static Coordinate coordinate_of(const JournalRun *record, const JournalView *view)
{
    return view->snapshot == NULL ? coordinate_of_run(record)
                                  : (Coordinate){view->snapshot, view->wal_lsn, view->snapshot_at};
}

static bool same_coordinate(Coordinate a, Coordinate b)
{
    return text_equal(a.snapshot, b.snapshot) && text_equal(a.wal_lsn, b.wal_lsn) && text_equal(a.at, b.at);
}

/* Are the views that stay all of the run's snapshot? */
bool resume_has_one_coordinate(const Run *run)
{
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->resumed[i].because == NULL &&
            !same_coordinate(coordinate_of(run->record, run->resumed[i].recorded), coordinate_of_run(run->record)))
            return false;
    return true;
}

void stage_report_coordinates(const Run *run)
{
    const JournalRun *record = run->record;
    bool *told = mem_array(NULL, bool, record->view_count);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        Coordinate coordinate = coordinate_of(record, &record->views[i]);
        size_t count = 0;
        told[i] = told[i] || journal_view_is_kept(&record->views[i]);
        for (size_t j = i; j < run->plan->view_count && !told[i]; j++)
            if (!journal_view_is_kept(&record->views[j]) &&
                same_coordinate(coordinate_of(record, &record->views[j]), coordinate))
            {
                told[j] = j > i;
                count++;
            }
        if (!told[i] && count < run->plan->view_count)
            report_line(run->report, "snapshots", "%zu of %zu views: snapshot %s at WAL %s of %s", count,
                        run->plan->view_count, coordinate.snapshot, coordinate.wal_lsn, coordinate.at);
    }
    talloc_free(told);
}
