// The shim over simdjson under the address and undefined-behaviour sanitizers, without Swift around it: wrong events in
// batches, every payload allocated to the byte, every cell of what was accepted read back. deploy/fuzz --shim runs it.
//   shim RECORDS SEED
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "SimdjsonShim.h"

namespace {
const std::vector<std::string> seeds = {
    R"({"id":1,"time":"2018-04-01T00:00:00Z","amount":12.34,"card":"C1","score":0.5,"big":7,"ok":true,"at":1522540800})",
    R"({ "id": "e-17", "time": "2018-04-01 10:11:12.123456+02:00", "amount": "0.10", "card": 42, "note": null })",
    R"({"x":{"deep":"in here"},"id":"\u00e9\ud83d\ude00","time":"2018-04-01T00:00:00","amount":-1e2,"card":"","score":1e-300,"ok":false,"note":"a much longer text than fits into a cell \n\t\"quoted\"","label":"no","at":"0.25"})",
    R"({"id":99999999999999999999,"time":"2018-12-31T23:59:59.999999-05","amount":0,"label":null,"y":[1,{"z":"}"}]})",
};
const std::vector<std::string> words = {
    "null", "true", "1e999", "-0", "\\ud800", "\\u0000", "\"\"", "{\"a\":", "[", "]", "}", ",", "9999-12-31T23:59:60Z",
    "123456789012345678901234567890", "0.005", "\xed\xa0\x80", "\xff", std::string(1, '\0'), "\"id\":", "\"time\":\"",
    "-9223372036854775808", "92233720368547758.08", "\\", "\"",
};
const millrace_column columns[] = {
    {"id", MILLRACE_ID, 0, 0},          {"time", MILLRACE_TIME_ISO8601, 0, 0}, {"amount", MILLRACE_DECIMAL, 2, 0},
    {"card", MILLRACE_ID, 0, 1},        {"score", MILLRACE_FLOAT, 0, 1},       {"big", MILLRACE_INTEGER, 0, 1},
    {"ok", MILLRACE_BOOLEAN, 0, 1},     {"note", MILLRACE_TEXT, 0, 1},         {"x.deep", MILLRACE_TEXT, 0, 1},
    {"at", MILLRACE_TIME_UNIX, 6, 1},   {"label", MILLRACE_LABEL, 0, 1},
};
constexpr size_t column_count = sizeof columns / sizeof *columns;
const millrace_label_value labels[] = {
    {0, 0, nullptr, 0, -1}, {1, 1, nullptr, 0, 1}, {2, 1, nullptr, 0, 1}, {3, 0, "no", 2, 0},
};
const millrace_zone_span zone[] = {{INT64_MIN, 3600000000}, {1521939600000000, 7200000000}};

/// A seed with one to four changes. Half of the changes put a digit for a digit or a letter for a letter: most of those
/// are still JSON, so that values at their limits reach the conversions behind the parser.
std::string mutated(std::mt19937_64 &random) {
    auto below = [&](size_t limit) { return limit == 0 ? size_t(0) : size_t(random() % limit); };
    std::string text = seeds[below(seeds.size())];
    for (size_t changes = 1 + below(4); changes > 0; changes--) {
        const size_t at = below(text.size() + 1);
        if (random() % 2 == 0 && at < text.size()) {
            const char old = text[at];
            if (old >= '0' && old <= '9') text[at] = char('0' + below(10));
            if (old >= 'a' && old <= 'z') text[at] = char('a' + below(26));
            continue;
        }
        switch (below(6)) {
        case 0: if (at < text.size()) text[at] = char(text[at] ^ (1 << below(8))); break;
        case 1: if (at < text.size()) text[at] = char(random()); break;
        case 2: text.erase(at, 1 + below(16)); break;
        case 3: text.insert(at, words[below(words.size())]); break;
        case 4: text.resize(at); break;
        default: text.insert(at, text.substr(below(text.size() + 1), below(40))); break;
        }
    }
    return text;
}
}  // namespace

int main(int count, char **arguments) {
    const long records = count > 1 ? atol(arguments[1]) : 200000;
    std::mt19937_64 random(count > 2 ? strtoull(arguments[2], nullptr, 10) : 1);
    millrace_decoder *decoder = millrace_decoder_new(
        columns, column_count, labels, sizeof labels / sizeof *labels, zone, sizeof zone / sizeof *zone);
    std::map<int, long> faults;
    uint64_t read = 0;
    for (long done = 0; done < records;) {
        const size_t size = size_t(1 + random() % 64);
        std::vector<std::unique_ptr<char[]>> copies;
        std::vector<const void *> payloads;
        std::vector<size_t> lengths;
        for (size_t row = 0; row < size; row++) {
            const std::string text = mutated(random);
            copies.emplace_back(new char[text.size()]);
            memcpy(copies.back().get(), text.data(), text.size());
            payloads.push_back(random() % 50 == 0 ? nullptr : copies.back().get());
            lengths.push_back(text.size());
        }
        millrace_decoder_decode(decoder, payloads.data(), lengths.data(), size);
        for (size_t row = 0; row < size; row++) faults[millrace_decoder_faults(decoder)[row]]++;
        for (size_t column = 0; column < column_count; column++) {
            const uint64_t *cells = millrace_decoder_cells(decoder, column);
            for (size_t row = 0; row < size; row++) read += cells[row];
            size_t bytes = 0;
            const uint8_t *heap = millrace_decoder_heap(decoder, column, &bytes);
            for (size_t byte = 0; byte < bytes; byte++) read += heap[byte];
        }
        done += long(size);
    }
    millrace_decoder_free(decoder);
    long all = 0;
    for (const auto &[fault, number] : faults) all += number;
    printf("the shim over simdjson: %ld records, %ld accepted, %ld rejected\n", all, faults[0], all - faults[0]);
    for (const auto &[fault, number] : faults) {
        if (fault != 0) printf("    %ld  fault %d\n", number, fault);
    }
    // So that nothing of the reading is optimised away.
    return read == 1 ? 2 : 0;
}
