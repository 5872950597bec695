/*
 * What reader_hammer prints: a line of JSON for a phase, a table of all phases for people.
 */
#include "hammer.h"

#include <inttypes.h>

#include "matswap/memory.h"
#include "matswap/text.h"

static double milliseconds(uint64_t microseconds)
{
    return (double) microseconds / 1000;
}

static double percentile_ms(const Histogram *histogram, double share)
{
    return milliseconds(histogram_percentile_us(histogram, share));
}

static void add_latency(Text *json, const char *name, const Histogram *histogram)
{
    text_addf(json, "\"%s\":{\"count\":%" PRIu64 ",\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}", name,
              histogram->count, percentile_ms(histogram, 0.5), percentile_ms(histogram, 0.99),
              percentile_ms(histogram, 0.999), milliseconds(histogram->max_us));
}

static void add_sqlstates(Text *json, const Tally *tally)
{
    text_add(json, "\"sqlstates\":{");
    const char *comma = "";
    for (size_t i = 0; i < HAMMER_SQLSTATES; i++)
        if (tally->sqlstates[i].count > 0)
        {
            text_addf(json, "%s\"%s\":%" PRIu64, comma, tally->sqlstates[i].code, tally->sqlstates[i].count);
            comma = ",";
        }
    text_add(json, "}");
}

void hammer_print_json(FILE *out, const HammerOptions *options, const HammerPhase *phase)
{
    const Tally *tally = &phase->tally;
    Text *json = text_new(NULL);
    text_add(json, "{\"phase\":");
    text_add_json(json, phase->name);
    text_addf(json, ",\"connections\":%d,\"seconds\":%.3f,\"transactions\":%" PRIu64 ",\"per_second\":%.1f,",
              options->connections, phase->seconds, tally->transactions,
              (double) tally->transactions / phase->seconds);
    text_addf(json, "\"blends\":%" PRIu64 ",\"empty\":%" PRIu64 ",\"backward\":%" PRIu64 ",\"errors\":%" PRIu64 ",",
              tally->blends, tally->empties, tally->backward, tally->errors);
    add_sqlstates(json, tally);
    text_addf(json, ",\"oldest\":%" PRId64 ",\"newest\":%" PRId64 ",\"latency_ms\":{", tally->oldest, tally->newest);
    add_latency(json, "all", &tally->all);
    text_add(json, ",");
    add_latency(json, "prompt", &tally->prompt);
    text_add(json, ",");
    add_latency(json, "statement", &tally->statement);
    text_add(json, "},\"window_max_ms\":[");
    for (size_t i = 0; i < phase->window_count; i++)
        text_addf(json, "%s%.3f", i > 0 ? "," : "", phase->window_max_ms[i]);
    text_add(json, "],\"finding\":");
    text_add_json(json, tally->finding[0] != '\0' ? tally->finding : NULL);
    text_add(json, "}\n");
    fputs(json->data, out);
    fflush(out);
    talloc_free(json);
}

static void print_row(FILE *out, const HammerPhase *phase)
{
    const Tally *tally = &phase->tally;
    const Histogram *prompt = &tally->prompt;
    fprintf(out, "%-16.16s %9" PRIu64 " %7.0f %8.2f %8.2f %8.2f %8.1f %7" PRIu64 " %6" PRIu64 " %9" PRIu64 " %7" PRIu64 "\n",
            phase->name, tally->transactions, (double) tally->transactions / phase->seconds,
            percentile_ms(prompt, 0.5), percentile_ms(prompt, 0.99), percentile_ms(prompt, 0.999),
            milliseconds(prompt->max_us), tally->blends, tally->empties, tally->backward, tally->errors);
    if (tally->finding[0] != '\0')
        fprintf(out, "    first: %s\n", tally->finding);
}

void hammer_print_table(FILE *out, HammerPhase *const *phases, size_t count)
{
    fprintf(out, "%-16s %9s %7s %8s %8s %8s %8s %7s %6s %9s %7s\n", "phase", "transact.", "per s", "p50 ms", "p99 ms",
            "p99.9 ms", "max ms", "blends", "empty", "backward", "errors");
    for (size_t i = 0; i < count; i++)
        print_row(out, phases[i]);
}
