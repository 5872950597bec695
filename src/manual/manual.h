/*
 * manual.h: what is made from the tables of options, commands and keys when matswap is built: parts of the man pages and
 * of the completions.  The rest of each is a template (docs/matswap.1.in and its kin); see main.c.
 *
 * All append to `text`.
 */
#ifndef MATSWAP_MANUAL_MANUAL_H
#define MATSWAP_MANUAL_MANUAL_H

#include "matswap/cli.h"
#include "matswap/text.h"

/* Prose with `code`, **strong** and [links](page.md), as roff; sentences on lines of their own. */
void roff_add_prose(Text *text, const char *markdown);

/* Lines that stand as they are, within .Bd -literal. */
void roff_add_literal(Text *text, const char *lines);

/* matswap(1): .Nm, .Op and .It lines, within the template's sections. */
void manual_add_synopsis(Text *text);
void manual_add_commands(Text *text);
void manual_add_options(Text *text);
void manual_add_exit_codes(Text *text);

/* matswap.ini(5): all of docs/configuration.md, from .Sh DESCRIPTION on.  Fails where it has what markdown.h does not know. */
Status manual_add_reference(Text *text, Errors *errors) MUST_CHECK;

/* Lines of a case in a shell, and lists of words. */
void bash_add_valued_options(Text *text);
void bash_add_letters(Text *text);
void bash_add_values(Text *text);
void bash_add_options(Text *text);
void bash_add_arguments(Text *text);
void zsh_add_everywhere(Text *text);
void zsh_add_commands(Text *text);
void zsh_add_arguments(Text *text);
void shell_add_commands(Text *text);
void shell_add_rules(Text *text);
void shell_add_keys(Text *text);

#endif
