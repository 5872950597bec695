/* time.c: times as the server and the journal write them. */
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "matswap/text.h"

/* Exactly `count` digits, which *text is moved past; -1: they are not there. */
static int digits(const char **text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++)
    {
        if (!isdigit((unsigned char) (*text)[i]))
            return -1;
        value = value * 10 + ((*text)[i] - '0');
    }
    *text += count;
    return value;
}

static bool take(const char **text, const char *any_of)
{
    if (**text == '\0' || strchr(any_of, **text) == NULL)
        return false;
    ++*text;
    return true;
}

static bool read_date(const char **text, struct tm *time)
{
    int year = digits(text, 4);
    int month = year >= 0 && take(text, "-") ? digits(text, 2) : -1;
    int day = month >= 0 && take(text, "-") ? digits(text, 2) : -1;
    *time = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool read_clock(const char **text, struct tm *time, double *fraction)
{
    time->tm_hour = digits(text, 2);
    time->tm_min = time->tm_hour >= 0 && take(text, ":") ? digits(text, 2) : -1;
    time->tm_sec = time->tm_min >= 0 && take(text, ":") ? digits(text, 2) : -1;
    if (time->tm_sec < 0 || time->tm_hour > 23 || time->tm_min > 59 || time->tm_sec > 59)
        return false;
    if (!take(text, "."))
        return true;
    double unit = 0.1;
    const char *begin = *text;
    for (; isdigit((unsigned char) **text); ++*text, unit /= 10)
        *fraction += unit * (**text - '0');
    return *text > begin;
}

/* "Z", "+05", "+05:30", "+0530", "+05:30:16"; nothing is UTC */
static bool read_zone(const char **text, int *ret_seconds)
{
    *ret_seconds = 0;
    if (**text == '\0' || take(text, "Z"))
        return true;
    int sign = **text == '-' ? -1 : 1;
    int hours = take(text, "+-") ? digits(text, 2) : -1;
    if (hours < 0)
        return false;
    int units[2] = {0, 0}; /* minutes and seconds, if they are there */
    for (int i = 0; i < 2 && **text != '\0'; i++)
    {
        take(text, ":");
        units[i] = digits(text, 2);
        if (units[i] < 0)
            return false;
    }
    *ret_seconds = sign * (hours * 3600 + units[0] * 60 + units[1]);
    return true;
}

bool text_time(const char *text, double *ret_seconds)
{
    struct tm time;
    double fraction = 0;
    int zone = 0;
    if (!read_date(&text, &time) || (take(&text, "T ") && (!read_clock(&text, &time, &fraction) || !read_zone(&text, &zone))) ||
        *text != '\0')
        return false;
    int day = time.tm_mday;
    *ret_seconds = (double) timegm(&time) - zone + fraction;
    return time.tm_mday == day; /* the 30th of February would be another */
}
