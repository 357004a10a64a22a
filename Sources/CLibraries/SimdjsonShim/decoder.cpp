// Walks each payload once, in its own field order. Producers write their fields in the same order every time, so each
// object remembers which column the k-th field was last time and compares one key instead of searching.
#include "SimdjsonShim.h"

#include <simdjson.h>

#include <cmath>
#include <memory>
#include <string>

#include "scalars.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

#if defined(__SANITIZE_ADDRESS__)
#define MILLRACE_ALWAYS_COPY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define MILLRACE_ALWAYS_COPY 1
#endif
#endif

using namespace millrace;
namespace ondemand = simdjson::ondemand;

namespace {

inline uint64_t word_at(const char *at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

/// A field that columns, or fields below it, are read from.
struct field_node {
    std::string key;
    /// The first eight and the next eight bytes of the key with its closing quote, and masks for them: a key of up to
    /// fifteen bytes is compared in two steps, without a call.
    uint64_t words[2] = {0, 0}, masks[2] = {0, 0};
    std::vector<uint16_t> columns;
    std::vector<field_node> children;
    /// The child that the k-th field was in the last payload; -1 for a field that nobody reads.
    std::vector<int> order;

    explicit field_node(std::string_view name) : key(name) {
        char quoted[16] = {}, mask[16] = {};
        for (size_t i = 0; i < 16 && i <= key.size(); i++) {
            quoted[i] = i < key.size() ? key[i] : '"';
            mask[i] = char(0xff);
        }
        memcpy(words, quoted, 16);
        memcpy(masks, mask, 16);
    }

    /// Whether the text just behind a quote is this key and ends there. Sixteen bytes can be read from there.
    bool is_at(const char *text) const {
        if ((word_at(text) & masks[0]) != words[0]) return false;
        if (key.size() < 8) return true;
        if ((word_at(text + 8) & masks[1]) != words[1]) return false;
        return key.size() < 16 || (memcmp(text, key.data(), key.size()) == 0 && text[key.size()] == '"');
    }
};

struct column_state {
    millrace_kind kind;
    int scale;
    bool is_optional;
    std::vector<uint64_t> cells;
    std::vector<uint8_t> heap;

    uint64_t null_cell() const {
        switch (kind) {
        case MILLRACE_ID: case MILLRACE_TEXT: return null_text;
        case MILLRACE_FLOAT: return 0x7ff8000000000000ull;
        default: return uint64_t(null_integer);
        }
    }
};

struct label_value {
    int kind;
    double number;
    std::string text;
    int64_t cell;
};

struct fault {
    millrace_fault code;
    uint16_t column;
    explicit operator bool() const { return code != MILLRACE_OK; }
};

constexpr fault no_fault{MILLRACE_OK, MILLRACE_NO_COLUMN};

fault structural(simdjson::error_code error) {
    return {error == simdjson::UTF8_ERROR ? MILLRACE_BAD_UTF8 : MILLRACE_BAD_JSON, MILLRACE_NO_COLUMN};
}

std::string_view trimmed(std::string_view token) {
    while (!token.empty() && uint8_t(token.back()) <= ' ') token.remove_suffix(1);
    return token;
}

}  // namespace

struct millrace_decoder {
    ondemand::parser parser;
    /// For the rare payload that does not begin as an object.
    simdjson::dom::parser whole;
    field_node root{std::string_view()};
    std::vector<column_state> columns;
    std::vector<label_value> labels;
    time_reader times;
    std::vector<uint8_t> faults;
    std::vector<uint16_t> fault_columns;
    size_t fault_count = 0;
    /// A copy of a payload that ends too near to the end of a page for simdjson to read beyond it.
    std::vector<uint8_t> padded;
    /// Texts with escapes are unescaped to here.
    std::vector<uint8_t> unescaped;
    /// Bit per column (beyond 64: vector) of those found in the present payload.
    std::vector<uint8_t> found;

    millrace_decoder(const millrace_zone_span *zone, size_t count) : times(zone, count) {}

    void add(const millrace_column &column) {
        uint16_t index = uint16_t(columns.size());
        columns.push_back({millrace_kind(column.kind), column.scale, column.is_optional != 0, {}, {}});
        field_node *node = &root;
        std::string_view path(column.path);
        while (true) {
            size_t dot = path.find('.');
            std::string_view key = path.substr(0, dot);
            field_node *child = nullptr;
            for (auto &candidate : node->children)
                if (candidate.key == key) child = &candidate;
            if (!child) {
                node->children.emplace_back(key);
                child = &node->children.back();
            }
            node = child;
            if (dot == std::string_view::npos) break;
            path.remove_prefix(dot + 1);
        }
        node->columns.push_back(index);
    }

    void put_text(column_state &column, size_t row, std::string_view text) {
        uint64_t number;
        if (read_canonical(text.data(), text.size(), number)) {
            column.cells[row] = number;
            return;
        }
        size_t offset = column.heap.size();
        column.heap.insert(column.heap.end(), text.begin(), text.end());
        column.cells[row] = uint64_t(1) << 63 | uint64_t(text.size()) << 40 | uint64_t(offset);
    }

    /// The content of a JSON text. `token` is its raw form with quotes.
    bool text_of(std::string_view token, std::string_view &text) {
        if (token.size() < 2 || token.back() != '"') return false;
        std::string_view raw = token.substr(1, token.size() - 2);
        if (!memchr(raw.data(), '\\', raw.size())) {
            // An unescaped quote within would mean that two texts stand side by side without a comma.
            text = raw;
            return true;
        }
        return unescape(raw, text);
    }

    static int hex4(const char *at) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            char c = at[i];
            int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
            if (digit < 0) return -1;
            value = value << 4 | digit;
        }
        return value;
    }

    bool unescape(std::string_view raw, std::string_view &text) {
        unescaped.clear();
        const char *at = raw.data(), *end = at + raw.size();
        while (at < end) {
            if (*at != '\\') { unescaped.push_back(uint8_t(*at++)); continue; }
            if (++at == end) return false;
            char c = *at++;
            switch (c) {
            case '"': case '\\': case '/': unescaped.push_back(uint8_t(c)); break;
            case 'b': unescaped.push_back('\b'); break;
            case 'f': unescaped.push_back('\f'); break;
            case 'n': unescaped.push_back('\n'); break;
            case 'r': unescaped.push_back('\r'); break;
            case 't': unescaped.push_back('\t'); break;
            case 'u': {
                if (end - at < 4) return false;
                int unit = hex4(at);
                at += 4;
                if (unit < 0) return false;
                uint32_t point = uint32_t(unit);
                if (point >= 0xdc00 && point <= 0xdfff) return false;
                if (point >= 0xd800 && point <= 0xdbff) {
                    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return false;
                    int low = hex4(at + 2);
                    if (low < 0xdc00 || low > 0xdfff) return false;
                    at += 6;
                    point = 0x10000 + ((point - 0xd800) << 10) + (uint32_t(low) - 0xdc00);
                }
                if (point < 0x80) {
                    unescaped.push_back(uint8_t(point));
                } else if (point < 0x800) {
                    unescaped.push_back(uint8_t(0xc0 | point >> 6));
                    unescaped.push_back(uint8_t(0x80 | (point & 0x3f)));
                } else if (point < 0x10000) {
                    unescaped.push_back(uint8_t(0xe0 | point >> 12));
                    unescaped.push_back(uint8_t(0x80 | (point >> 6 & 0x3f)));
                    unescaped.push_back(uint8_t(0x80 | (point & 0x3f)));
                } else {
                    unescaped.push_back(uint8_t(0xf0 | point >> 18));
                    unescaped.push_back(uint8_t(0x80 | (point >> 12 & 0x3f)));
                    unescaped.push_back(uint8_t(0x80 | (point >> 6 & 0x3f)));
                    unescaped.push_back(uint8_t(0x80 | (point & 0x3f)));
                }
                break;
            }
            default: return false;
            }
        }
        text = {reinterpret_cast<const char *>(unescaped.data()), unescaped.size()};
        return true;
    }

    millrace_fault put_float(column_state &column, size_t row, ondemand::value &value) {
        double number;
        auto error = value.get_double().get(number);
        if (error) return error == simdjson::NUMBER_ERROR ? MILLRACE_NOT_FINITE : MILLRACE_WRONG_TYPE;
        if (!std::isfinite(number)) return MILLRACE_NOT_FINITE;
        // One zero only: equal values are equal bits.
        if (number == 0) number = 0;
        memcpy(&column.cells[row], &number, 8);
        return MILLRACE_OK;
    }

    millrace_fault put_label(column_state &column, size_t row, std::string_view token, ondemand::value &value) {
        std::string_view text;
        double number = 0;
        int kind;
        switch (token.front()) {
        case '"': kind = 3; if (!text_of(token, text)) return MILLRACE_BAD_JSON; break;
        case 't': kind = 1; number = 1; if (token != "true") return MILLRACE_BAD_JSON; break;
        case 'f': kind = 1; if (token != "false") return MILLRACE_BAD_JSON; break;
        case 'n': kind = 0; if (token != "null") return MILLRACE_BAD_JSON; break;
        case '[': case '{': return MILLRACE_WRONG_TYPE;
        default: kind = 2; if (value.get_double().get(number)) return MILLRACE_WRONG_TYPE;
        }
        for (const auto &label : labels) {
            if (label.kind != kind) continue;
            if (kind == 3 ? label.text == text : kind == 0 || label.number == number) {
                column.cells[row] = uint64_t(label.cell);
                return MILLRACE_OK;
            }
        }
        return MILLRACE_UNKNOWN_LABEL;
    }

    millrace_fault put(column_state &column, size_t row, ondemand::value &value) {
        std::string_view token = trimmed(value.raw_json_token());
        if (token.empty()) return MILLRACE_BAD_JSON;
        if (column.kind == MILLRACE_LABEL) return put_label(column, row, token, value);
        char first = token.front();
        if (first == 'n') {
            if (token != "null") return MILLRACE_BAD_JSON;
            column.cells[row] = column.null_cell();
            return column.is_optional ? MILLRACE_OK : MILLRACE_MISSING_FIELD;
        }
        bool is_text = first == '"', is_number = first == '-' || is_digit(first);
        if (!is_text && !is_number && !memchr("{[tf", first, 4)) return MILLRACE_BAD_JSON;
        int64_t integer;
        std::string_view text;
        if (is_text && !text_of(token, text)) return MILLRACE_BAD_JSON;
        switch (column.kind) {
        case MILLRACE_ID:
            if (is_number) {
                if (read_canonical(token.data(), token.size(), column.cells[row])) return MILLRACE_OK;
                size_t digits = first == '-' ? 1 : 0;
                if (token.size() == digits || (token[digits] == '0' && token.size() > digits + 1))
                    return MILLRACE_WRONG_TYPE;
                for (size_t i = digits; i < token.size(); i++)
                    if (!is_digit(token[i])) return MILLRACE_WRONG_TYPE;
                if (token == "-0") token = "0";
                text = token;
            } else if (!is_text) {
                return MILLRACE_WRONG_TYPE;
            }
            if (text.size() > maximum_text_bytes) return MILLRACE_TOO_LONG;
            put_text(column, row, text);
            return MILLRACE_OK;
        case MILLRACE_TEXT:
            if (!is_text) return MILLRACE_WRONG_TYPE;
            if (text.size() > maximum_text_bytes) return MILLRACE_TOO_LONG;
            put_text(column, row, text);
            return MILLRACE_OK;
        case MILLRACE_DECIMAL: case MILLRACE_INTEGER: {
            if (!is_number && !(is_text && column.kind == MILLRACE_DECIMAL)) return MILLRACE_WRONG_TYPE;
            auto code = read_decimal(is_text ? text : token, column.scale, integer);
            if (code == MILLRACE_OK) column.cells[row] = uint64_t(integer);
            return code == MILLRACE_WRONG_TYPE && is_number ? MILLRACE_BAD_JSON : code;
        }
        case MILLRACE_FLOAT:
            return is_number ? put_float(column, row, value) : MILLRACE_WRONG_TYPE;
        case MILLRACE_BOOLEAN:
            if (token == "true") column.cells[row] = 1;
            else if (token == "false") column.cells[row] = 0;
            else return first == 't' || first == 'f' ? MILLRACE_BAD_JSON : MILLRACE_WRONG_TYPE;
            return MILLRACE_OK;
        case MILLRACE_TIME_ISO8601:
            if (!is_text) return MILLRACE_WRONG_TYPE;
            if (!times.read(text, integer)) return MILLRACE_BAD_TIME;
            column.cells[row] = uint64_t(integer);
            return MILLRACE_OK;
        case MILLRACE_TIME_UNIX: {
            if (!is_number && !is_text) return MILLRACE_WRONG_TYPE;
            auto code = read_decimal(is_text ? text : token, column.scale, integer);
            if (code == MILLRACE_WRONG_TYPE) return is_text ? MILLRACE_BAD_TIME : MILLRACE_BAD_JSON;
            if (code != MILLRACE_OK) return code;
            if (integer < first_time || integer > last_time) return MILLRACE_OUT_OF_RANGE;
            column.cells[row] = uint64_t(integer);
            return MILLRACE_OK;
        }
        default: return MILLRACE_WRONG_TYPE;
        }
    }

    /// The child whose key stands at `key` (just behind its quote), without unescaping; -1 if there is none.
    static int find_child(const field_node &node, const char *key, bool &has_escape) {
        const char *end = key;
        while (*end != '"') {
            if (*end == '\\') { has_escape = true; return -1; }
            end++;
        }
        std::string_view text(key, size_t(end - key));
        for (size_t i = 0; i < node.children.size(); i++)
            if (node.children[i].key == text) return int(i);
        return -1;
    }

    fault read_object(field_node &node, size_t row, ondemand::object object) {
        size_t position = 0;
        for (auto entry : object) {
            ondemand::field field;
            if (auto error = std::move(entry).get(field)) return structural(error);
            const char *key = field.key().raw();
            int child = position < node.order.size() ? node.order[position] : -1;
            if (child < 0 || !node.children[size_t(child)].is_at(key)) {
                bool has_escape = false;
                child = find_child(node, key, has_escape);
                if (has_escape) {
                    std::string_view text;
                    const char *end = key;
                    while (*end != '"') end += *end == '\\' ? 2 : 1;
                    if (!unescape({key, size_t(end - key)}, text)) return {MILLRACE_BAD_JSON, MILLRACE_NO_COLUMN};
                    for (size_t i = 0; i < node.children.size(); i++)
                        if (node.children[i].key == text) child = int(i);
                }
                if (position < 1024) {
                    if (position >= node.order.size()) node.order.resize(position + 1, -1);
                    node.order[position] = child;
                }
            }
            position++;
            if (child < 0) continue;
            field_node &target = node.children[size_t(child)];
            ondemand::value value = field.value();
            for (uint16_t index : target.columns) {
                auto code = put(columns[index], row, value);
                if (code != MILLRACE_OK) return {code, index};
                found[index] = 1;
            }
            if (!target.children.empty() && target.columns.empty()) {
                ondemand::json_type type;
                if (auto error = value.type().get(type)) return structural(error);
                // Anything but an object has no fields: they are missing, as in null.
                if (type != ondemand::json_type::object) continue;
                ondemand::object nested;
                if (auto error = value.get_object().get(nested)) return structural(error);
                if (auto fault = read_object(target, row, nested)) return fault;
            }
        }
        return no_fault;
    }

    /// What does not begin as an object is another value of JSON, or no JSON at all: only the whole of it tells.
    [[gnu::noinline, gnu::cold]] fault not_an_object(const uint8_t *payload, size_t length) {
        simdjson::dom::element element;
        auto error = whole.parse(payload, length, false).get(element);
        return error ? structural(error) : fault{MILLRACE_NOT_AN_OBJECT, MILLRACE_NO_COLUMN};
    }

    fault read(size_t row, const uint8_t *payload, size_t length) {
        if (length == 0) return {MILLRACE_BAD_JSON, MILLRACE_NO_COLUMN};
        size_t capacity = length + simdjson::SIMDJSON_PADDING;
        // simdjson reads some bytes beyond the payload and ignores them. Within a page that is safe; else they are copied.
#ifndef MILLRACE_ALWAYS_COPY
        uintptr_t last = reinterpret_cast<uintptr_t>(payload) + length - 1;
        if ((last & 4095) + simdjson::SIMDJSON_PADDING >= 4096)
#endif
        {
            if (padded.size() < capacity) padded.resize(capacity * 2);
            memcpy(padded.data(), payload, length);
            memset(padded.data() + length, ' ', simdjson::SIMDJSON_PADDING);
            payload = padded.data();
        }
        ondemand::document document;
        auto error = parser.iterate(simdjson::padded_string_view(payload, length, capacity)).get(document);
        if (error) return structural(error);
        ondemand::object object;
        if ((error = document.get_object().get(object)))
            return error == simdjson::INCORRECT_TYPE ? not_an_object(payload, length) : structural(error);
        memset(found.data(), 0, found.size());
        if (auto fault = read_object(root, row, object)) return fault;
        if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return {MILLRACE_BAD_JSON, MILLRACE_NO_COLUMN};
        for (size_t index = 0; index < columns.size(); index++) {
            if (found[index]) continue;
            if (!columns[index].is_optional) return {MILLRACE_MISSING_FIELD, uint16_t(index)};
            columns[index].cells[row] = columns[index].null_cell();
        }
        return no_fault;
    }

    void decode(const void *const *payloads, const size_t *lengths, size_t count) {
        if (faults.size() < count) {
            faults.resize(count);
            fault_columns.resize(count);
            for (auto &column : columns) column.cells.resize(count);
        }
        for (auto &column : columns) column.heap.clear();
        found.resize(columns.size());
        fault_count = 0;
        for (size_t row = 0; row < count; row++) {
            fault result = payloads[row] ? read(row, static_cast<const uint8_t *>(payloads[row]), lengths[row])
                                         : fault{MILLRACE_TOMBSTONE, MILLRACE_NO_COLUMN};
            faults[row] = uint8_t(result.code);
            if (result) {
                fault_columns[row] = result.column;
                fault_count++;
                for (auto &column : columns) column.cells[row] = column.null_cell();
            }
        }
    }
};

const char *millrace_simdjson_version(void) { return TEXT(SIMDJSON_VERSION); }

millrace_decoder *millrace_decoder_new(
    const millrace_column *columns, size_t column_count, const millrace_label_value *labels, size_t label_count,
    const millrace_zone_span *zone, size_t zone_count) {
    auto decoder = std::make_unique<millrace_decoder>(zone, zone_count);
    for (size_t i = 0; i < column_count; i++) decoder->add(columns[i]);
    for (size_t i = 0; i < label_count; i++)
        decoder->labels.push_back(
            {labels[i].kind, labels[i].number, std::string(labels[i].text ? labels[i].text : "", labels[i].text_length),
             labels[i].cell});
    return decoder.release();
}

void millrace_decoder_free(millrace_decoder *decoder) { delete decoder; }

void millrace_decoder_decode(
    millrace_decoder *decoder, const void *const *payloads, const size_t *lengths, size_t count) {
    decoder->decode(payloads, lengths, count);
}

uint64_t *millrace_decoder_cells(millrace_decoder *decoder, size_t column) {
    return decoder->columns[column].cells.data();
}

const uint8_t *millrace_decoder_heap(const millrace_decoder *decoder, size_t column, size_t *bytes) {
    *bytes = decoder->columns[column].heap.size();
    return decoder->columns[column].heap.data();
}

uint8_t *millrace_decoder_faults(millrace_decoder *decoder) { return decoder->faults.data(); }
const uint16_t *millrace_decoder_fault_columns(const millrace_decoder *decoder) { return decoder->fault_columns.data(); }
size_t millrace_decoder_fault_count(const millrace_decoder *decoder) { return decoder->fault_count; }
