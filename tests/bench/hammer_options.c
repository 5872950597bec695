/*
 * The command line of reader_hammer.
 */
#include "hammer.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: reader_hammer [OPTION]... VIEW VIEW [VIEW]...\n"
    "\n"
    "Reads pairs and triples of the views, over and over, on a number of connections at once, and judges what each\n"
    "transaction sees: one generation, no empty view, no error, and never an older generation than the transaction\n"
    "before it.  Isolation level (READ COMMITTED, REPEATABLE READ, SERIALIZABLE), access (plain, prepared, cursor) and\n"
    "shape (a statement for each view, or one join) are drawn at random for each transaction.\n"
    "\n"
    "A VIEW is a name as SQL writes it.  Each has the columns id, the same in all of them, and generation, the number of\n"
    "the generation, 1 or more, in all rows.  The server is that of PGHOST and its kin.\n"
    "\n"
    "Prints one line of JSON for each phase, with latencies in milliseconds (all transactions, those that do not sleep on\n"
    "purpose, statements), and at the end a table to stderr.  Exit status 1: it has found something.\n"
    "\n"
    "  --connections=N     8\n"
    "  --seconds=S         how long; without it until SIGTERM or SIGINT, or the end of --phases\n"
    "  --think-ms=T        pause between transactions; 0: a closed loop\n"
    "  --joins=PERCENT     of the transactions are a single statement that joins its views; 40\n"
    "  --holds=PERCENT     of those of several statements hold their views for --hold-ms; 0\n"
    "  --hold-ms=H         100\n"
    "  --at-most=2|3       views in one transaction; 3\n"
    "  --seed=N            1\n"
    "  --phases            each line of standard input ends the phase under way and begins one of that name; `-` begins\n"
    "                      one that is not reported; an empty line ends a window of the phase: window_max_ms has the\n"
    "                      longest transaction of each.  A transaction belongs to the phase in which it began.\n";

static void refuse(const char *option, const char *value)
{
    fprintf(stderr, "reader_hammer: --%s=%s is out of range; see --help\n", option, value);
    exit(2);
}

static double number(const char *option, const char *value, double least, double most)
{
    char *end;
    errno = 0;
    double result = strtod(value, &end);
    if (errno != 0 || end == value || *end != '\0' || result < least || result > most)
        refuse(option, value);
    return result;
}

static int whole(const char *option, const char *value, int least, int most)
{
    double result = number(option, value, least, most);
    if (result != (double) (int) result)
        refuse(option, value);
    return (int) result;
}

enum
{
    CONNECTIONS = 1,
    SECONDS,
    THINK,
    JOINS,
    HOLDS,
    HOLD,
    MOST,
    SEED,
    PHASES
};

static const struct option long_options[] = {
    {"connections", required_argument, NULL, CONNECTIONS}, {"seconds", required_argument, NULL, SECONDS},
    {"think-ms", required_argument, NULL, THINK},          {"joins", required_argument, NULL, JOINS},
    {"holds", required_argument, NULL, HOLDS},             {"hold-ms", required_argument, NULL, HOLD},
    {"at-most", required_argument, NULL, MOST},            {"seed", required_argument, NULL, SEED},
    {"phases", no_argument, NULL, PHASES},                 {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

static void take(HammerOptions *options, int option, const char *name, const char *value)
{
    switch (option)
    {
    case CONNECTIONS: options->connections = whole(name, value, 1, 1000); break;
    case SECONDS: options->seconds = number(name, value, 0.001, 1e6); break;
    case THINK: options->think_ms = whole(name, value, 0, 1000000); break;
    case JOINS: options->join_percent = whole(name, value, 0, 100); break;
    case HOLDS: options->hold_percent = whole(name, value, 0, 100); break;
    case HOLD: options->hold_ms = whole(name, value, 0, 1000000); break;
    case MOST: options->views_at_most = whole(name, value, 2, 3); break;
    case SEED: options->seed = (uint64_t) number(name, value, 0, 1e15); break;
    case PHASES: options->phases = true; break;
    case 'h': fputs(usage, stdout); exit(0);
    default: fputs("reader_hammer: see --help\n", stderr); exit(2);
    }
}

void hammer_options(HammerOptions *options, int argc, char **argv)
{
    *options = (HammerOptions){
        .connections = 8, .join_percent = 40, .hold_ms = 100, .views_at_most = 3, .seed = 1};
    int option;
    int position = 0;
    while ((option = getopt_long(argc, argv, "h", long_options, &position)) != -1)
        take(options, option, long_options[position].name, optarg);
    options->views = argv + optind;
    options->view_count = (size_t) (argc - optind);
    if (options->view_count < (size_t) options->views_at_most)
    {
        fprintf(stderr, "reader_hammer: needs at least %d views; see --help\n", options->views_at_most);
        exit(2);
    }
}
