// The named reference of the Kafka benchmarks: the least that a C program on librdkafka can do.
//
//   raw-kafka produce BROKERS TOPIC EVENTS [EVENTS_PER_SECOND_OF_EVENT_TIME [FIRST]]
//   raw-kafka consume BROKERS TOPIC EVENTS [SETTING=VALUE ...]
//
// `produce` writes 155-byte JSON transactions, round robin over the topic's partitions, each stamped with its own time.
// `consume` reads them back and touches every payload byte. Both print one JSON object with their figures.
#include <librdkafka/rdkafka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { PAYLOAD = 155, BATCH = 10000, MOST_PARTITIONS = 1024 };

static const int64_t START = 1522540800; // 2018-04-01T00:00:00Z

static void die(const char *what, const char *why) {
    fprintf(stderr, "raw-kafka: %s: %s\n", what, why);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/// Processor time of this process, user and system.
static double cpu(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static long peak_kilobytes(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char error[512];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) die(name, error);
}

static rd_kafka_t *create(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
    char error[512];
    rd_kafka_t *handle = rd_kafka_new(type, conf, error, sizeof error);
    if (!handle) die("rd_kafka_new", error);
    return handle;
}

static int partition_count(rd_kafka_t *handle, const char *topic) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *only = rd_kafka_topic_new(handle, topic, NULL);
    rd_kafka_resp_err_t error = rd_kafka_metadata(handle, 0, only, &metadata, 30000);
    if (error) die("metadata", rd_kafka_err2str(error));
    int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    if (count < 1 || count > MOST_PARTITIONS) die("metadata", "the topic is not there");
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(only);
    return count;
}

static void report(const char *what, int64_t events, double seconds, double processor, uint64_t sum) {
    printf("{\"what\":\"%s\",\"library\":\"%s\",\"events\":%lld,\"seconds\":%.6f,\"cpu_seconds\":%.6f,"
           "\"peak_kilobytes\":%ld,\"sum\":%llu}\n",
           what, rd_kafka_version_str(), (long long)events, seconds, processor, peak_kilobytes(),
           (unsigned long long)sum);
}

// --- producing -------------------------------------------------------------------------------------------------------

/// One transaction; the same for the same number on every machine.
static void payload(int64_t number, int64_t second, char *out) {
    uint64_t mixed = (uint64_t)number * 0x9E3779B97F4A7C15u;
    mixed ^= mixed >> 31;
    time_t time = (time_t)second;
    struct tm t;
    gmtime_r(&time, &t);
    int length = snprintf(
        out, PAYLOAD + 1,
        "{\"tx_id\":%lld,\"datetime\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\",\"customer\":%u,\"terminal\":%u,"
        "\"amount\":%u.%02u,\"channel\":\"",
        (long long)number, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
        (unsigned)(mixed % 50000), (unsigned)((mixed >> 20) % 100000), (unsigned)((mixed >> 40) % 300),
        (unsigned)((mixed >> 50) % 100));
    memset(out + length, 'p', (size_t)(PAYLOAD - 2 - length));
    memcpy(out + PAYLOAD - 2, "\"}", 2);
}

static int64_t failed = 0;

static void delivered(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque) {
    (void)handle, (void)opaque;
    if (message->err) failed++;
}

static void produce(const char *brokers, const char *topic, int64_t events, double per_second, int64_t first) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "linger.ms", "20");
    set(conf, "batch.size", "1000000");
    set(conf, "batch.num.messages", "10000");
    set(conf, "queue.buffering.max.messages", "500000");
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_t *handle = create(RD_KAFKA_PRODUCER, conf);
    int partitions = partition_count(handle, topic);
    char buffer[PAYLOAD + 1];
    double began = now(), began_cpu = cpu();
    for (int64_t i = first; i < first + events; i++) {
        int64_t second = START + (int64_t)((double)i / per_second);
        payload(i, second, buffer);
        rd_kafka_resp_err_t error;
        while ((error = rd_kafka_producev(
                    handle, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION((int32_t)(i % partitions)),
                    RD_KAFKA_V_VALUE(buffer, PAYLOAD), RD_KAFKA_V_TIMESTAMP(second * 1000),
                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            rd_kafka_poll(handle, 10);
        if (error) die("produce", rd_kafka_err2str(error));
        if (i % 1000 == 0) rd_kafka_poll(handle, 0);
    }
    rd_kafka_resp_err_t error = rd_kafka_flush(handle, 120000);
    if (error || failed) die("flush", error ? rd_kafka_err2str(error) : "messages were not delivered");
    report("produce", events, now() - began, cpu() - began_cpu, 0);
    rd_kafka_destroy(handle);
}

// --- consuming -------------------------------------------------------------------------------------------------------

static void consume(const char *brokers, const char *topic, int64_t events, int setting_count, char **settings) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "group.id", "raw-kafka");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.auto.offset.store", "false");
    // Deep enough that the fetcher never sleeps on a full queue: memory is no concern of the reference.
    set(conf, "queued.min.messages", "1000000");
    for (int i = 0; i < setting_count; i++) {
        char name[256];
        const char *equals = strchr(settings[i], '=');
        if (!equals || equals - settings[i] >= (long)sizeof name) die(settings[i], "expected name=value");
        snprintf(name, sizeof name, "%.*s", (int)(equals - settings[i]), settings[i]);
        set(conf, name, equals + 1);
    }
    rd_kafka_t *handle = create(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(handle);
    int partitions = partition_count(handle, topic);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_resp_err_t error = rd_kafka_assign(handle, list);
    if (error) die("assign", rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);

    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(handle);
    static rd_kafka_message_t *batch[BATCH];
    int64_t count = 0, empty = 0;
    uint64_t sum = 0;
    double began = 0, began_cpu = cpu();
    while (count < events) {
        // The call waits its whole timeout for a batch that is not full: never ask for more than will come.
        int64_t left = events - count;
        ssize_t got = rd_kafka_consume_batch_queue(queue, count ? 200 : 5, batch, (size_t)(left < BATCH ? left : BATCH));
        if (got < 0) die("consume", rd_kafka_err2str(rd_kafka_last_error()));
        if (got == 0 && ++empty > 6000) die("consume", "no message came for a long time");
        for (ssize_t i = 0; i < got; i++) {
            if (!batch[i]->err) {
                if (!count) began = now();
                count++;
                const unsigned char *bytes = batch[i]->payload;
                size_t length = batch[i]->len;
                for (size_t b = 0; b < length; b++) sum += bytes[b];
            } else if (batch[i]->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                die("message", rd_kafka_message_errstr(batch[i]));
            }
            rd_kafka_message_destroy(batch[i]);
        }
    }
    report("consume", count, now() - began, cpu() - began_cpu, sum);
    // Orderly ends take seconds in some versions, and nothing is left to be saved.
    fflush(stdout);
    _Exit(0);
}

int main(int count, char **arguments) {
    if (count >= 5 && !strcmp(arguments[1], "produce")) {
        double per_second = count > 5 ? atof(arguments[5]) : 100;
        int64_t first = count > 6 ? atoll(arguments[6]) : 0;
        produce(arguments[2], arguments[3], atoll(arguments[4]), per_second > 0 ? per_second : 100, first);
    } else if (count >= 5 && !strcmp(arguments[1], "consume")) {
        consume(arguments[2], arguments[3], atoll(arguments[4]), count - 5, arguments + 5);
    } else {
        fprintf(stderr, "usage: raw-kafka produce BROKERS TOPIC EVENTS [EVENTS_PER_SECOND [FIRST]]\n"
                        "       raw-kafka consume BROKERS TOPIC EVENTS [SETTING=VALUE ...]\n");
        return 2;
    }
    return 0;
}
