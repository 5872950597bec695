/* How each rule judged, those that stood against publishing first. */
#include <string.h>

#include "matswap/memory.h"
#include "page_internal.h"

enum
{
    OPEN_ROWS = 40 /* of rules that were kept: more are folded away */
};

typedef enum Judgement
{
    JUDGED_REJECTED,
    JUDGED_ACCEPTED,
    JUDGED_WARNING,
    JUDGED_NOT,
    JUDGED_OK,
    JUDGED_RECORDED,
    JUDGEMENT_COUNT
} Judgement;

static const struct
{
    const char *class, *word;
} looks[JUDGEMENT_COUNT] = {
    [JUDGED_REJECTED] = {"failed", "rejected"},
    [JUDGED_ACCEPTED] = {"isolated", "accepted"},
    [JUDGED_WARNING] = {"isolated", "warning"},
    [JUDGED_NOT] = {"waiting", "not judged"},
    [JUDGED_OK] = {"ok", "ok"},
    [JUDGED_RECORDED] = {"waiting", "recorded"},
};

static Judgement judgement_of(const RuleResult *result)
{
    switch (result->outcome)
    {
    case RULE_FAILED:
        return rule_rejects(result) ? JUDGED_REJECTED : result->accepted != NULL ? JUDGED_ACCEPTED : JUDGED_WARNING;
    case RULE_PASSED:
        return JUDGED_OK;
    case RULE_NOT_JUDGED:
        return JUDGED_NOT;
    case RULE_RECORDED:
    case RULE_OUTCOME_COUNT:
    default:
        return JUDGED_RECORDED;
    }
}

static bool is_trouble(const RuleResult *result)
{
    return judgement_of(result) <= JUDGED_WARNING;
}

static void add_remarks(Text *html, const RuleResult *result)
{
    text_add(html, "<td class=\"remarks\">");
    if (result->accepted != NULL)
    {
        text_add(html, "<p>accepted: ");
        markup_foreign(html, result->accepted);
        text_add(html, "</p>");
    }
    if (result->detail != NULL && strchr(result->detail, '\n') != NULL)
    {
        text_add(html, "<pre><bdi>");
        markup_text(html, result->detail);
        text_add(html, "</bdi></pre>");
    }
    else if (result->detail != NULL)
        markup_foreign(html, result->detail);
    text_add(html, "</td>");
}

static void add_result(Text *html, const Page *page, const RuleResult *result)
{
    Judgement judgement = judgement_of(result);
    char *rule = report_rule(NULL, result);
    text_addf(html, "<tr class=\"%s\"><th scope=\"row\">", looks[judgement].class);
    page_add_view_link(html, page, result->view);
    text_add(html, "</th>");
    page_add_cell(html, rule);
    text_addf(html, "<td><span class=\"tag %s\">%s</span></td>", looks[judgement].class, looks[judgement].word);
    page_add_number(html, result->before);
    page_add_number(html, result->after);
    page_add_number(html, result->difference);
    page_add_number(html, result->limit);
    add_remarks(html, result);
    text_add(html, "</tr>\n");
    talloc_free(rule);
}

static size_t add_results(Text *html, const Page *page, bool trouble, const char *caption)
{
    static const PageColumn columns[] = {{"view", false}, {"rule", false},   {"judgement", false},
                                         {"old", true},   {"new", true},     {"difference", true},
                                         {"limit", true}, {"remarks", false}};
    size_t count = 0;
    for (size_t i = 0; i < page->input->result_count; i++)
    {
        if (is_trouble(&page->input->results[i]) != trouble)
            continue;
        if (count++ == 0)
            page_begin_table(html, caption, columns, sizeof columns / sizeof columns[0]);
        add_result(html, page, &page->input->results[i]);
    }
    if (count > 0)
        page_end_table(html);
    return count;
}

static size_t count_quiet(const Page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->input->result_count; i++)
        count += is_trouble(&page->input->results[i]) ? 0 : 1;
    return count;
}

void page_add_validation(Text *html, const Page *page)
{
    size_t quiet = count_quiet(page);
    page_begin_section(html, "validation", "Validation");
    if (page->input->result_count == 0)
        page_add_none(html, "No rule has judged a generation in this run: it did not come so far, or none is set.");
    if (add_results(html, page, true, "Rules that were broken") == 0 && quiet > 0)
        page_add_none(html, "No rule was broken.");
    if (quiet > 0)
    {
        text_addf(html, "<details%s>\n<summary>%zu rule%s kept, or only recorded</summary>\n",
                  quiet <= OPEN_ROWS ? " open=\"open\"" : "", quiet, quiet == 1 ? "" : "s");
        add_results(html, page, false, "Rules that were kept, or only recorded");
        text_add(html, "</details>\n");
    }
    page_end_section(html);
}
