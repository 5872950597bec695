/* report_internal.h: words that several printed results share. */
#ifndef MATSWAP_REPORT_INTERNAL_H
#define MATSWAP_REPORT_INTERNAL_H

#include "matswap/report.h"

/* "materialized view" or "view" */
const char *view_kind_word(ViewKind kind);

/* "incoming", "outgoing", or "outgoing, kept" for one that holds an old generation */
const char *leftover_side(const Leftover *leftover);

#endif
