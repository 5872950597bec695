/*
 * journal_word.h: words that stand in the journal's columns, private to src/journal/.
 * The *_from_word functions return -1 for a word that is none.
 */
#ifndef MATSWAP_JOURNAL_WORD_H
#define MATSWAP_JOURNAL_WORD_H

#include "matswap/journal.h"

const char *journal_kind_word(ViewKind kind);
int journal_kind_from_word(const char *word);
int journal_outcome_from_word(const char *word);
int journal_phase_from_word(const char *word);
int journal_status_from_word(const char *word);
int journal_rule_from_word(const char *word);
int journal_rule_outcome_from_word(const char *word);
int journal_severity_from_word(const char *word);

#endif
