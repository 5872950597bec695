/* Points in time, read back from text. */
#include <ctype.h>
#include <stdlib.h>
#include <time.h>

#include "matswap/memory.h"
#include "matswap/moment.h"

typedef struct Parts
{
    long year;
    int month, day, hour, minute;
    double second;
    bool has_zone;
    double zone_s; /* east of UTC */
} Parts;

/* Exactly `digits` digits. */
static bool read_digits(const char **text, int digits, int *ret_value)
{
    int value = 0;
    for (int i = 0; i < digits; i++, (*text)++)
    {
        if (!isdigit((unsigned char) **text))
            return false;
        value = value * 10 + (**text - '0');
    }
    *ret_value = value;
    return true;
}

static bool skip(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

static bool read_date(const char **text, Parts *parts)
{
    char *end;
    if (!isdigit((unsigned char) **text))
        return false;
    parts->year = strtol(*text, &end, 10);
    if (end - *text < 4 || end - *text > 6)
        return false;
    *text = end;
    return skip(text, '-') && read_digits(text, 2, &parts->month) && skip(text, '-') &&
           read_digits(text, 2, &parts->day) && parts->month >= 1 && parts->month <= 12 && parts->day >= 1 &&
           parts->day <= 31;
}

static bool read_time(const char **text, Parts *parts)
{
    int whole;
    if (!read_digits(text, 2, &parts->hour) || !skip(text, ':') || !read_digits(text, 2, &parts->minute))
        return false;
    if (!skip(text, ':'))
        return parts->hour < 24 && parts->minute < 60;
    if (!read_digits(text, 2, &whole) || parts->hour > 23 || parts->minute > 59 || whole > 59)
        return false;
    parts->second = whole;
    if (!skip(text, '.'))
        return true;
    double scale = 1;
    const char *begin = *text;
    for (; isdigit((unsigned char) **text); (*text)++)
        parts->second += (**text - '0') * (scale /= 10);
    return *text > begin;
}

/* Z, +HH, +HHMM, +HH:MM, +HH:MM:SS, or nothing */
static bool read_zone(const char **text, Parts *parts)
{
    int hours, minutes = 0, seconds = 0;
    if (skip(text, 'Z'))
        parts->has_zone = true;
    if (parts->has_zone || **text == '\0')
        return true;
    double sign = **text == '-' ? -1 : 1;
    if ((!skip(text, '-') && !skip(text, '+')) || !read_digits(text, 2, &hours))
        return false;
    if ((skip(text, ':') || isdigit((unsigned char) **text)) && !read_digits(text, 2, &minutes))
        return false;
    if (skip(text, ':') && !read_digits(text, 2, &seconds))
        return false;
    parts->has_zone = true;
    parts->zone_s = sign * (hours * 3600.0 + minutes * 60.0 + seconds);
    return true;
}

/* libc knows no time zone but the process's own: for one it is asked for, that one is set for a moment. */
static time_t seconds_in_zone(struct tm *local, const char *zone)
{
    const char *own = getenv("TZ");
    char *kept = mem_strdup(NULL, own);
    setenv("TZ", zone, 1);
    tzset();
    time_t seconds = mktime(local);
    if (kept != NULL)
        setenv("TZ", kept, 1);
    else
        unsetenv("TZ");
    tzset();
    talloc_free(kept);
    return seconds;
}

bool moment_read(const char *text, const char *zone, double *ret_ms)
{
    Parts parts = {0};
    if (text == NULL || !read_date(&text, &parts))
        return false;
    if ((skip(&text, 'T') || skip(&text, ' ')) && !read_time(&text, &parts))
        return false;
    if (!read_zone(&text, &parts) || *text != '\0')
        return false;
    struct tm broken = {.tm_year = (int) (parts.year - 1900),
                        .tm_mon = parts.month - 1,
                        .tm_mday = parts.day,
                        .tm_hour = parts.hour,
                        .tm_min = parts.minute,
                        .tm_isdst = -1};
    bool in_zone = !parts.has_zone && zone != NULL;
    double seconds = (double) (in_zone ? seconds_in_zone(&broken, zone) : timegm(&broken));
    if (broken.tm_mday != parts.day && !in_zone) /* the 30th of February has become another day */
        return false;
    *ret_ms = 1000 * (seconds + parts.second - parts.zone_s);
    return true;
}

double moment_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double) now.tv_sec * 1000 + (double) now.tv_nsec / 1e6;
}
