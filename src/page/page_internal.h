/* page_internal.h: what the parts of the page share. */
#ifndef MATSWAP_PAGE_INTERNAL_H
#define MATSWAP_PAGE_INTERNAL_H

#include <stdbool.h>

#include "critical.h"
#include "markup.h"
#include "matswap/page.h"
#include "matswap/report.h"

typedef struct PageView
{
    const JournalView *view;
    CriticalReads reads;        /* as places in Page.views */
    size_t read_by;             /* how many views read it */
    const JournalView *before;  /* of the latest earlier run that built it; NULL: none */
    double index_ms, vacuum_ms; /* -1: not recorded */
    bool is_critical;
} PageView;

typedef struct Page
{
    const PageInput *input;
    const JournalRun *run;
    PageView *views; /* in build order, as in the run */
    size_t view_count;
    struct Place *places; /* of the views, by name */
    bool reads_known;
    CriticalTask *tasks; /* in the order of input->tasks */
    CriticalStep *path;
    size_t path_count;
    const JournalRun *previous; /* the latest earlier run that swapped; NULL: none */
    const char *only_schema;    /* that all views are in: need not be said with each; NULL: several */
} Page;

/* A talloc child of `context`, as is all that it points to. */
Page *page_new(const void *context, const PageInput *input);

/* Milliseconds since 1970 of what the journal writes; -1 for NULL and what is no time. */
double page_moment(const char *time);

/* How long the run took, or -1 where it is not over. */
double page_run_duration(const JournalRun *run);

/* Has the run put anything before the readers? */
bool page_is_published(const JournalRun *run);

/* Has it been filled, so that its rows, size and time mean something? */
bool page_is_built(const JournalView *view);

/* The place of a view in Page.views; NO_VIEW: none. */
size_t page_find_view(const Page *page, Name name);

/* Parts of the page, from top to bottom; those that have nothing to say add nothing. */
void page_add_verdict(Text *html, const Page *page);
void page_add_facts(Text *html, const Page *page);
void page_add_timeline(Text *html, const Page *page);
void page_add_path(Text *html, const Page *page);
void page_add_graph(Text *html, const Page *page);
void page_add_validation(Text *html, const Page *page);
void page_add_changes(Text *html, const Page *page);
void page_add_views(Text *html, const Page *page);
void page_add_times(Text *html, const Page *page);
void page_add_locks(Text *html, const Page *page);
void page_add_missing(Text *html, const Page *page);
void page_add_history(Text *html, const Page *page);
void page_add_events(Text *html, const Page *page);
void page_add_settings(Text *html, const Page *page);

/* <section> with its heading; title and id are literals.  page_end_section closes it. */
void page_begin_section(Text *html, const char *id, const char *title);
void page_end_section(Text *html);
/* <p class="none">, for what there is nothing of, or is not recorded; a literal */
void page_add_none(Text *html, const char *text);

/* <table> with a caption for those who don't see it, and its head; the titles are literals. */
typedef struct PageColumn
{
    const char *title;
    bool number; /* to be set right */
} PageColumn;
void page_begin_table(Text *html, const char *caption, const PageColumn *columns, size_t count);
void page_end_table(Text *html);

/* A cell with text of ours, or a number; NULL: a dash. */
void page_add_cell(Text *html, const char *text);
void page_add_number(Text *html, const char *text);

/* A name that leads to its row in the table of views, when it has one; else the name alone. */
void page_add_view_link(Text *html, const Page *page, Name name);

/* The name as short as it is clear: without the schema where there is only one; child of `context`. */
char *page_view_label(const void *context, const Page *page, Name name);

/* 1.2 s, or a dash below 0. */
void page_add_duration(Text *html, double milliseconds);

/* The class of a view's colour: "ok", "failed", "isolated", "waiting", "building"; and what it means. */
const char *page_view_class(const PageView *view);
const char *page_view_word(const PageView *view);

#endif
