// libmicrohttpd takes its options, and gives its facts, by functions with variable arguments, which Swift cannot call.
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    int listening_socket;
    unsigned int connection_limit;
    unsigned int address_limit;
    unsigned int idle_seconds;
    size_t connection_memory;
    // PEM texts, both or none.
    const char *certificate;
    const char *key;
    // Handed to every callback.
    void *context;
    void *(*request_line)(void *context, const char *target, struct MHD_Connection *connection);
    MHD_AccessHandlerCallback request;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
} cmicrohttpd_settings;

static inline void cmicrohttpd_log(void *message, const char *format, va_list arguments) {
    vsnprintf((char *)message, 256, format, arguments);
}

// Targets are taken apart and decoded in one place, by those who route them.
static inline size_t cmicrohttpd_as_it_is(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

// `message` has room for 256 bytes and outlives the server; NULL is returned with the reason in it.
static inline struct MHD_Daemon *cmicrohttpd_start(const cmicrohttpd_settings *settings, char *message) {
    unsigned int flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)settings->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)settings->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    if (settings->certificate) flags |= MHD_USE_TLS;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, settings->request, settings->context,
        MHD_OPTION_EXTERNAL_LOGGER, cmicrohttpd_log, message,
        MHD_OPTION_LISTEN_SOCKET, settings->listening_socket,
        MHD_OPTION_CONNECTION_LIMIT, settings->connection_limit,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings->address_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->connection_memory,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, cmicrohttpd_as_it_is, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, settings->request_line, settings->context,
        MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->context,
        MHD_OPTION_NOTIFY_CONNECTION, settings->connection, settings->context,
        MHD_OPTION_ARRAY, settings->certificate ? tls : none,
        MHD_OPTION_END);
}

static inline int cmicrohttpd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

// What the connection callback left when the connection began.
static inline void *cmicrohttpd_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static inline int cmicrohttpd_headers(
    struct MHD_Connection *connection, MHD_KeyValueIteratorN each, void *context) {
    return MHD_get_connection_values_n(connection, MHD_HEADER_KIND, each, context);
}

static inline struct MHD_Response *cmicrohttpd_bytes(const void *bytes, size_t count) {
    return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}

static inline struct MHD_Response *cmicrohttpd_stream(
    MHD_ContentReaderCallback read, void *context, MHD_ContentReaderFreeCallback release) {
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, read, context, release);
}
