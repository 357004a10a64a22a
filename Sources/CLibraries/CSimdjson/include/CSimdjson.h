// The JSON decoder of the ingest path, in C terms. One call decodes a batch of payloads into typed cells.
#ifndef MILLRACE_CSIMDJSON_H
#define MILLRACE_CSIMDJSON_H
#ifdef __cplusplus
extern "C" {
#endif
/// The version of the simdjson library this program was built against.
const char *millrace_simdjson_version(void);
#ifdef __cplusplus
}
#endif
#endif
