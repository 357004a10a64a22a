// The JSON decoder of the ingest path, in C terms. One call decodes a batch of payloads into typed cells, a cell of 64
// bits per row and column, laid out as Sources/MillraceCore/Events/Cell.swift says.
#ifndef MILLRACE_CSIMDJSON_H
#define MILLRACE_CSIMDJSON_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/// The version of the simdjson library this program was built against.
const char *millrace_simdjson_version(void);

/// What a column holds. The numbers are part of the interface.
enum millrace_kind {
    MILLRACE_ID = 0,
    MILLRACE_DECIMAL = 1,
    MILLRACE_FLOAT = 2,
    MILLRACE_INTEGER = 3,
    MILLRACE_TEXT = 4,
    MILLRACE_BOOLEAN = 5,
    MILLRACE_TIME_ISO8601 = 6,
    /// Numbers or numeric texts; `scale` is 6 for seconds, 3 for milliseconds, 0 for microseconds.
    MILLRACE_TIME_UNIX = 7,
    /// A scalar that is looked up among the decoder's label values.
    MILLRACE_LABEL = 8,
};

/// Why a row could not be read. The numbers are part of the interface.
enum millrace_fault {
    MILLRACE_OK = 0,
    MILLRACE_BAD_JSON = 1,
    MILLRACE_NOT_AN_OBJECT = 2,
    MILLRACE_BAD_UTF8 = 3,
    MILLRACE_TOMBSTONE = 4,
    MILLRACE_MISSING_FIELD = 5,
    MILLRACE_WRONG_TYPE = 6,
    MILLRACE_OUT_OF_RANGE = 7,
    MILLRACE_TOO_PRECISE = 8,
    MILLRACE_NOT_FINITE = 9,
    MILLRACE_BAD_TIME = 10,
    MILLRACE_TOO_LONG = 11,
    MILLRACE_UNKNOWN_LABEL = 12,
};

/// `fault_columns` of a row whose fault is not about one column.
#define MILLRACE_NO_COLUMN 0xffff

typedef struct millrace_column {
    /// The field, `a.b` for a nested one.
    const char *path;
    int kind;
    /// Fractional digits of a decimal, or of a unix time.
    int scale;
    /// A missing or null field is a null cell, not a fault.
    int is_optional;
} millrace_column;

/// One value that a label field may hold, and the cell it becomes.
typedef struct millrace_label_value {
    /// 0 null, 1 boolean, 2 number, 3 text
    int kind;
    double number;
    const char *text;
    size_t text_length;
    int64_t cell;
} millrace_label_value;

/// From `from` (µs since 1970, UTC) on, local clocks are `offset` µs ahead of UTC.
typedef struct millrace_zone_span {
    int64_t from;
    int64_t offset;
} millrace_zone_span;

typedef struct millrace_decoder millrace_decoder;

/// A decoder of one schema. Everything pointed to is copied. `zone` (ascending; may be empty for UTC) reads the times
/// that have no zone of their own. A decoder is used by one thread at a time.
millrace_decoder *millrace_decoder_new(
    const millrace_column *columns, size_t column_count, const millrace_label_value *labels, size_t label_count,
    const millrace_zone_span *zone, size_t zone_count);
void millrace_decoder_free(millrace_decoder *decoder);

/// Decodes a batch, replacing what the decoder held. A null payload is a tombstone. Payloads need no padding.
void millrace_decoder_decode(
    millrace_decoder *decoder, const void *const *payloads, const size_t *lengths, size_t count);

/// A cell per row; rows with a fault have null or partial cells.
uint64_t *millrace_decoder_cells(millrace_decoder *decoder, size_t column);
/// The texts of an id or text column that are not in their cells.
const uint8_t *millrace_decoder_heap(const millrace_decoder *decoder, size_t column, size_t *bytes);
/// A `millrace_fault` per row.
uint8_t *millrace_decoder_faults(millrace_decoder *decoder);
/// The column that a row's fault is about.
const uint16_t *millrace_decoder_fault_columns(const millrace_decoder *decoder);
/// Rows of the batch with a fault.
size_t millrace_decoder_fault_count(const millrace_decoder *decoder);

#ifdef __cplusplus
}
#endif
#endif
