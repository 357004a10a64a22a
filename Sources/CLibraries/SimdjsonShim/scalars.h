// Exact readings of JSON's scalar texts: numbers without a detour over binary fractions, times, and canonical ids.
#ifndef MILLRACE_SCALARS_H
#define MILLRACE_SCALARS_H
#include "SimdjsonShim.h"

#include <cstring>
#include <string_view>
#include <vector>

namespace millrace {

constexpr int64_t null_integer = INT64_MIN;
constexpr uint64_t null_text = ~uint64_t(0);
constexpr size_t maximum_text_bytes = (size_t(1) << 23) - 2;
// The first and last microsecond of the years 1 to 9999. Sums of times and durations stay far from overflow.
constexpr int64_t first_time = -62135596800LL * 1000000;
constexpr int64_t last_time = 253402300800LL * 1000000 - 1;

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The value of a JSON number times 10^scale, exactly.
inline millrace_fault read_decimal(std::string_view text, int scale, int64_t &result) {
    static constexpr uint64_t powers[] = {
        1ull, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull, 10000000ull, 100000000ull, 1000000000ull,
        10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull, 100000000000000ull,
        1000000000000000ull, 10000000000000000ull, 100000000000000000ull, 1000000000000000000ull};
    const char *at = text.data(), *end = at + text.size();
    bool negative = false;
    if (at < end && *at == '-') { negative = true; at++; }
    if (at == end || !is_digit(*at)) return MILLRACE_WRONG_TYPE;
    if (*at == '0' && end - at > 1 && is_digit(at[1])) return MILLRACE_WRONG_TYPE;
    // Trailing zeros of the fraction are counted apart: they are never "too precise".
    uint64_t mantissa = 0;
    int exponent = 0, zeros = 0;
    bool overflow = false, fraction = false;
    for (;; at++) {
        if (at < end && is_digit(*at)) {
            if (*at == '0') {
                zeros++;
            } else {
                for (; zeros >= 0; zeros--) overflow |= __builtin_mul_overflow(mantissa, uint64_t(10), &mantissa);
                zeros = 0;
                overflow |= __builtin_add_overflow(mantissa, uint64_t(*at - '0'), &mantissa);
            }
            if (fraction) exponent--;
        } else if (at < end && *at == '.' && !fraction && at + 1 < end && is_digit(at[1])) {
            fraction = true;
        } else {
            break;
        }
    }
    exponent += zeros;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        bool below = false;
        if (at < end && (*at == '+' || *at == '-')) below = *at++ == '-';
        if (at == end || !is_digit(*at)) return MILLRACE_WRONG_TYPE;
        int power = 0;
        for (; at < end && is_digit(*at); at++)
            if (power < 100000) power = power * 10 + (*at - '0');
        exponent += below ? -power : power;
    }
    if (at != end) return MILLRACE_WRONG_TYPE;
    if (overflow) return exponent + scale < 0 ? MILLRACE_TOO_PRECISE : MILLRACE_OUT_OF_RANGE;
    if (mantissa == 0) { result = 0; return MILLRACE_OK; }
    int shift = exponent + scale;
    if (shift < 0) return MILLRACE_TOO_PRECISE;
    if (shift > 18) return MILLRACE_OUT_OF_RANGE;
    uint64_t product;
    if (__builtin_mul_overflow(mantissa, powers[shift], &product) || product > uint64_t(INT64_MAX))
        return MILLRACE_OUT_OF_RANGE;
    result = negative ? -int64_t(product) : int64_t(product);
    return MILLRACE_OK;
}

/// The number of a text that is the canonical form of a number below 2^63 (`0`, `42`; not `007`, `-5`).
inline bool read_canonical(const char *text, size_t length, uint64_t &number) {
    if (length == 0 || length > 19) return false;
    if (text[0] == '0' && length > 1) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = unsigned(text[i]) - '0';
        if (digit > 9) return false;
        value = value * 10 + digit;
    }
    // Nineteen digits stay below 10^19 < 2^64.
    if (value >> 63) return false;
    number = value;
    return true;
}

/// Reads times as RFC 3339 text, with a zone or in the zone that the pipeline declares.
class time_reader {
    std::vector<millrace_zone_span> zone;
    size_t recent_span = 0;
    char recent_text[10] = {};
    int64_t recent_day = 0;

    static uint64_t word(const char *at) {
        uint64_t word;
        memcpy(&word, at, 8);
        return word;
    }

    static int two(const char *at) {
        unsigned high = unsigned(at[0]) - '0', low = unsigned(at[1]) - '0';
        return high > 9 || low > 9 ? -1 : int(high * 10 + low);
    }

    /// Days since 1970-01-01; false if it is no day of the calendar.
    bool read_day(const char *at) {
        // Mostly it is the day of the time before.
        if (word(at) == word(recent_text) && word(at + 2) == word(recent_text + 2)) return true;
        int century = two(at), years = two(at + 2), month = two(at + 5), day = two(at + 8);
        if (century < 0 || years < 0 || month < 1 || month > 12 || day < 1 || at[4] != '-' || at[7] != '-') return false;
        int year = century * 100 + years;
        if (year == 0) return false;
        static constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if (day > lengths[month - 1] + (leap && month == 2)) return false;
        // Counted in 400-year eras from 1 March, as in Timestamp.days(year:month:day:).
        int shifted = month <= 2 ? year - 1 : year;
        int era = shifted / 400, year_of_era = shifted - era * 400;
        int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        recent_day = int64_t(era) * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
        memcpy(recent_text, at, 10);
        return true;
    }

    bool holds(size_t span, int64_t utc) const {
        return (span == 0 || utc >= zone[span].from) && (span + 1 == zone.size() || utc < zone[span + 1].from);
    }

    /// A local time that a change of clocks repeats is the earlier of the two moments; one that it skips is read with
    /// the offset before the change.
    int64_t utc_of_local(int64_t local) {
        size_t low = 0, high = zone.size();
        if (holds(recent_span, local - zone[recent_span].offset)
            && (recent_span == 0 || !holds(recent_span - 1, local - zone[recent_span - 1].offset)))
            return local - zone[recent_span].offset;
        while (high - low > 1) {
            size_t middle = (low + high) / 2;
            // A day of margin: offsets are smaller than that.
            if (zone[middle].from <= local - 86400000000LL) low = middle; else high = middle;
        }
        size_t last_before = low;
        for (size_t span = low; span < zone.size() && (span == low || zone[span].from <= local + 86400000000LL); span++) {
            int64_t utc = local - zone[span].offset;
            if (holds(span, utc)) { recent_span = span; return utc; }
            if (utc >= zone[span].from) last_before = span;
        }
        return local - zone[last_before].offset;
    }

public:
    time_reader(const millrace_zone_span *spans, size_t count) : zone(spans, spans + count) {}

    bool read(std::string_view text, int64_t &result) {
        const char *at = text.data(), *end = at + text.size();
        if (text.size() < 19) return false;
        if (!read_day(at)) return false;
        if ((at[10] != 'T' && at[10] != ' ' && at[10] != 't') || at[13] != ':' || at[16] != ':') return false;
        int hour = two(at + 11), minute = two(at + 14), second = two(at + 17);
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
        int64_t micros = (recent_day * 86400 + hour * 3600 + minute * 60 + second) * 1000000;
        at += 19;
        if (at < end && *at == '.') {
            at++;
            if (at == end || !is_digit(*at)) return false;
            int64_t unit = 100000;
            for (; at < end && is_digit(*at); at++, unit /= 10) micros += (*at - '0') * unit;
        }
        if (at == end) {
            result = zone.empty() ? micros : utc_of_local(micros);
            return result >= first_time && result <= last_time;
        }
        if (*at == 'Z' || *at == 'z') {
            at++;
        } else if (*at == '+' || *at == '-') {
            bool west = *at == '-';
            size_t rest = size_t(end - at);
            // +02:00, +0200 and +02 are all in use.
            int hours = rest >= 3 ? two(at + 1) : -1;
            int minutes = rest == 3 ? 0 : rest == 5 ? two(at + 3) : rest == 6 && at[3] == ':' ? two(at + 4) : -1;
            if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
            int64_t offset = (hours * 3600 + minutes * 60) * 1000000LL;
            micros += west ? offset : -offset;
            at = end;
        }
        result = micros;
        return at == end && micros >= first_time && micros <= last_time;
    }
};

}  // namespace millrace
#endif
