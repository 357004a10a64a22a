"""Kafka from Python by librdkafka's C interface: topics, any bytes as records, what a topic holds, what a group committed.

For harnesses: clear rather than fast. Bulk traffic is the business of `millrace simulate` and of `raw-kafka`.
"""

import ctypes as c
import functools
import json
import time
from typing import NamedTuple, Optional

PRODUCER, CONSUMER = 0, 1
BEGINNING, INVALID_OFFSET, PARTITION_EOF, QUEUE_FULL = -2, -1001, -191, -184
# Of rd_kafka_producev.
V_END, V_TOPIC, V_PARTITION, V_VALUE, V_KEY, V_FLAGS, V_TIMESTAMP, V_HEADERS = 0, 1, 3, 4, 5, 7, 8, 10
COPY = 2
CREATE_TOPICS, DELETE_TOPICS, DELETE_GROUPS, DELETE_OFFSETS = 1, 2, 7, 8


class _Message(c.Structure):
    _fields_ = [
        ("err", c.c_int), ("topic", c.c_void_p), ("partition", c.c_int32), ("payload", c.c_void_p), ("len", c.c_size_t),
        ("key", c.c_void_p), ("key_len", c.c_size_t), ("offset", c.c_int64), ("_private", c.c_void_p)]


class _TopicPartition(c.Structure):
    _fields_ = [
        ("topic", c.c_char_p), ("partition", c.c_int32), ("offset", c.c_int64), ("metadata", c.c_void_p),
        ("metadata_size", c.c_size_t), ("opaque", c.c_void_p), ("err", c.c_int), ("_private", c.c_void_p)]


class _List(c.Structure):
    _fields_ = [("count", c.c_int), ("size", c.c_int), ("elements", c.POINTER(_TopicPartition))]


class _MetadataPartition(c.Structure):
    _fields_ = [
        ("id", c.c_int32), ("err", c.c_int), ("leader", c.c_int32), ("replica_count", c.c_int),
        ("replicas", c.c_void_p), ("in_sync_count", c.c_int), ("in_sync", c.c_void_p)]


class _MetadataTopic(c.Structure):
    _fields_ = [
        ("topic", c.c_char_p), ("partition_count", c.c_int), ("partitions", c.POINTER(_MetadataPartition)),
        ("err", c.c_int)]


class _Metadata(c.Structure):
    _fields_ = [
        ("broker_count", c.c_int), ("brokers", c.c_void_p), ("topic_count", c.c_int),
        ("topics", c.POINTER(_MetadataTopic)), ("origin", c.c_int32), ("origin_name", c.c_char_p)]


def _library():
    k = c.CDLL("librdkafka.so.1")
    pointers = """conf_new new topic_partition_list_new topic_partition_list_add consumer_poll headers_new queue_new
        NewTopic_new DeleteTopic_new DeleteGroup_new DeleteConsumerGroupOffsets_new AdminOptions_new queue_poll
        event_CreateTopics_result event_DeleteTopics_result event_DeleteGroups_result
        event_DeleteConsumerGroupOffsets_result"""
    for name in pointers.split():
        getattr(k, "rd_kafka_" + name).restype = c.c_void_p
    k.rd_kafka_consumer_poll.restype = c.POINTER(_Message)
    k.rd_kafka_topic_partition_list_new.restype = c.POINTER(_List)
    k.rd_kafka_topic_partition_list_add.restype = c.POINTER(_TopicPartition)
    k.rd_kafka_err2str.restype = c.c_char_p
    k.rd_kafka_event_error_string.restype = c.c_char_p
    k.rd_kafka_topic_name.restype = c.c_char_p
    k.rd_kafka_topic_result_error_string.restype = c.c_char_p
    k.rd_kafka_message_timestamp.restype = c.c_int64
    k.rd_kafka_CreateTopics_result_topics.restype = c.POINTER(c.c_void_p)
    return k


k = _library()


class KafkaTrouble(Exception):
    """`passes`: another moment may have another answer, as where a leader or coordinator is just moving."""

    def __init__(self, text, passes=False):
        super().__init__(text)
        self.passes = passes


# Transport, timed out, no leader (twice), coordinators that load, are away or have moved, a replica that is behind.
PASSING = {-195, -185, -163, 3, 5, 6, 7, 9, 13, 14, 15, 16, 78}


def _check(error, what):
    if error:
        raise KafkaTrouble(f"{what}: {k.rd_kafka_err2str(error).decode()}", error in PASSING)


def patient(question):
    """Asks again for a while when the answer is one that passes."""
    @functools.wraps(question)
    def asked(*arguments, **options):
        end = time.monotonic() + 40
        while True:
            try:
                return question(*arguments, **options)
            except KafkaTrouble as trouble:
                if not trouble.passes or time.monotonic() > end:
                    raise
                time.sleep(0.3)
    return asked


class Record(NamedTuple):
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: Optional[bytes]
    value: Optional[bytes]
    headers: list

    def header(self, name):
        """The first header of this name as text, or None."""
        return next((v.decode(errors="replace") for n, v in self.headers if n == name and v is not None), None)

    def json(self):
        return json.loads(self.value)


class Client:
    def __init__(self, brokers, **settings):
        self.brokers = brokers
        self.settings = settings
        self._producer = None

    def _handle(self, kind, **settings):
        conf = c.c_void_p(k.rd_kafka_conf_new())
        error = c.create_string_buffer(512)
        everything = {"bootstrap.servers": self.brokers, "log_level": "0", **self.settings, **settings}
        for name, value in everything.items():
            if k.rd_kafka_conf_set(conf, name.encode(), str(value).encode(), error, c.c_size_t(512)):
                raise KafkaTrouble(error.value.decode())
        handle = k.rd_kafka_new(kind, conf, error, c.c_size_t(512))
        if not handle:
            raise KafkaTrouble(error.value.decode())
        return c.c_void_p(handle)

    def producer(self):
        if self._producer is None:
            self._producer = self._handle(
                PRODUCER, **{"linger.ms": 5, "message.max.bytes": 2_000_000, "queue.buffering.max.messages": 100_000})
        return self._producer

    def close(self):
        if self._producer is not None:
            self.flush()
            k.rd_kafka_destroy(self._producer)
            self._producer = None

    # --- topics

    def _admin(self, call, things, count, result):
        handle = self.producer()
        queue = c.c_void_p(k.rd_kafka_queue_new(handle))
        call(handle, things, c.c_size_t(count), None, queue)
        event = c.c_void_p(k.rd_kafka_queue_poll(queue, 30_000))
        if not event.value:
            raise KafkaTrouble("the broker did not answer within 30 s")
        try:
            _check(k.rd_kafka_event_error(event), result)
        finally:
            k.rd_kafka_event_destroy(event)
            k.rd_kafka_queue_destroy(queue)

    def create_topic(self, name, partitions, replicas=1, **configuration):
        error = c.create_string_buffer(512)
        topic = c.c_void_p(k.rd_kafka_NewTopic_new(name.encode(), partitions, replicas, error, c.c_size_t(512)))
        for key, value in configuration.items():
            k.rd_kafka_NewTopic_set_config(topic, key.replace("_", ".").encode(), str(value).encode())
        things = (c.c_void_p * 1)(topic)
        self._admin(k.rd_kafka_CreateTopics, things, 1, f"create {name}")
        k.rd_kafka_NewTopic_destroy(topic)
        self._await(lambda: self.partitions(name) == partitions, f"topic {name} to be there")

    def delete_topic(self, name):
        topic = c.c_void_p(k.rd_kafka_DeleteTopic_new(name.encode()))
        self._admin(k.rd_kafka_DeleteTopics, (c.c_void_p * 1)(topic), 1, f"delete {name}")
        k.rd_kafka_DeleteTopic_destroy(topic)
        self._await(lambda: self.partitions(name) == 0, f"topic {name} to go")

    def delete_group(self, name):
        """As an operator would, or the broker after a week without commits: its offsets are gone."""
        group = c.c_void_p(k.rd_kafka_DeleteGroup_new(name.encode()))
        self._admin(k.rd_kafka_DeleteGroups, (c.c_void_p * 1)(group), 1, f"delete group {name}")
        k.rd_kafka_DeleteGroup_destroy(group)

    def _await(self, condition, what):
        end = time.monotonic() + 30
        while not condition():
            if time.monotonic() > end:
                raise KafkaTrouble(f"waited 30 s for {what}")
            time.sleep(0.1)

    def topics(self):
        """Partition counts by name."""
        return self._metadata(lambda metadata: {
            metadata.topics[i].topic.decode(): metadata.topics[i].partition_count
            for i in range(metadata.topic_count) if not metadata.topics[i].err})

    def in_sync(self):
        """Over all partitions of the cluster: the least number of replicas that have everything; 0 without a leader."""
        return self._metadata(lambda metadata: min(
            (partition.in_sync_count if partition.leader >= 0 else 0
             for i in range(metadata.topic_count)
             for partition in metadata.topics[i].partitions[:metadata.topics[i].partition_count]), default=0))

    @patient
    def _metadata(self, read):
        found = c.POINTER(_Metadata)()
        _check(k.rd_kafka_metadata(self.producer(), 1, None, c.byref(found), 10_000), "metadata")
        try:
            return read(found.contents)
        finally:
            k.rd_kafka_metadata_destroy(found)

    def partitions(self, topic):
        """How many; 0 when there is no such topic."""
        return self.topics().get(topic, 0)

    @patient
    def watermarks(self, topic, partition):
        low, high = c.c_int64(), c.c_int64()
        _check(
            k.rd_kafka_query_watermark_offsets(
                self.producer(), topic.encode(), partition, c.byref(low), c.byref(high), 10_000),
            f"watermarks of {topic} {partition}")
        return low.value, high.value

    def ends(self, topic):
        return [self.watermarks(topic, p)[1] for p in range(self.partitions(topic))]

    # --- groups

    def committed(self, group, topic, partitions):
        """Committed offset of each partition, None where there is none."""
        return [offset for offset, _ in self.committed_with_notes(group, topic, partitions)]

    @patient
    def committed_with_notes(self, group, topic, partitions):
        """The same with the text that was committed beside each."""
        handle = self._group_handle(group)
        parts = k.rd_kafka_topic_partition_list_new(partitions)
        for p in range(partitions):
            k.rd_kafka_topic_partition_list_add(parts, topic.encode(), p)
        try:
            _check(k.rd_kafka_committed(handle, parts, 10_000), f"offsets of {group}")
            elements = [parts.contents.elements[i] for i in range(parts.contents.count)]
            found = [(e.offset, c.string_at(e.metadata, e.metadata_size).decode() if e.metadata else "") for e in elements]
        finally:
            k.rd_kafka_topic_partition_list_destroy(parts)
        return [(None if offset == INVALID_OFFSET else offset, note) for offset, note in found]

    def _group_handle(self, group):
        handles = self.__dict__.setdefault("_groups", {})
        if group not in handles:
            # What is committed so far: an open transaction of a process that stands still is not waited for.
            handles[group] = self._handle(
                CONSUMER, **{"group.id": group, "enable.auto.commit": "false", "isolation.level": "read_uncommitted"})
        return handles[group]

    # --- records

    def produce(self, topic, value, key=None, partition=-1, timestamp=None, headers=()):
        """`value` None is a tombstone. Timestamps are milliseconds."""
        arguments = [c.c_int(V_TOPIC), c.c_char_p(topic.encode()), c.c_int(V_PARTITION), c.c_int32(partition)]
        arguments += [c.c_int(V_FLAGS), c.c_int(COPY)]
        for what, data in ((V_VALUE, value), (V_KEY, key)):
            size = c.c_size_t(0 if data is None else len(data))
            arguments += [c.c_int(what), c.c_char_p(data), size]
        if timestamp is not None:
            arguments += [c.c_int(V_TIMESTAMP), c.c_int64(timestamp)]
        if headers:
            built = c.c_void_p(k.rd_kafka_headers_new(c.c_size_t(len(headers))))
            for name, text in headers:
                data = text.encode() if isinstance(text, str) else text
                k.rd_kafka_header_add(
                    built, name.encode(), c.c_ssize_t(-1), data, c.c_ssize_t(len(data)))
            arguments += [c.c_int(V_HEADERS), built]
        while True:
            error = k.rd_kafka_producev(self.producer(), *arguments, c.c_int(V_END))
            if error != QUEUE_FULL:
                break
            k.rd_kafka_poll(self.producer(), 20)
        _check(error, f"produce to {topic}")

    def flush(self):
        _check(k.rd_kafka_flush(self.producer(), 60_000), "flush")

    @patient
    def read(self, topic, committed=True):
        """All records of a topic as it is now, in order of partition and offset."""
        count = self.partitions(topic)
        handle = self._handle(
            CONSUMER,
            **{
                "group.id": "harness", "enable.auto.commit": "false", "enable.partition.eof": "true",
                "isolation.level": "read_committed" if committed else "read_uncommitted", "fetch.wait.max.ms": 10,
                "fetch.message.max.bytes": 2_000_000})
        k.rd_kafka_poll_set_consumer(handle)
        parts = k.rd_kafka_topic_partition_list_new(count)
        for p in range(count):
            k.rd_kafka_topic_partition_list_add(parts, topic.encode(), p).contents.offset = BEGINNING
        _check(k.rd_kafka_assign(handle, parts), f"assign {topic}")
        k.rd_kafka_topic_partition_list_destroy(parts)
        records, ended, deadline = [], set(), time.monotonic() + 120
        while len(ended) < count:
            if time.monotonic() > deadline:
                raise KafkaTrouble(f"reading {topic} took too long")
            message = k.rd_kafka_consumer_poll(handle, 200)
            if not message:
                continue
            if message.contents.err == PARTITION_EOF:
                ended.add(message.contents.partition)
            elif message.contents.err == 0:
                records.append(_record(topic, message))
            else:
                _check(message.contents.err, f"read {topic}")
            k.rd_kafka_message_destroy(message)
        k.rd_kafka_consumer_close(handle)
        k.rd_kafka_destroy(handle)
        return sorted(records, key=lambda r: (r.partition, r.offset))

    @patient
    def last(self, topic, partition):
        """The newest record of a partition of a topic without transactions, or None."""
        low, high = self.watermarks(topic, partition)
        if high <= low:
            return None
        handle = self._handle(CONSUMER, **{"group.id": "harness", "enable.auto.commit": "false"})
        parts = k.rd_kafka_topic_partition_list_new(1)
        k.rd_kafka_topic_partition_list_add(parts, topic.encode(), partition).contents.offset = high - 1
        _check(k.rd_kafka_assign(handle, parts), f"assign {topic}")
        k.rd_kafka_topic_partition_list_destroy(parts)
        record, end = None, time.monotonic() + 10
        while record is None and time.monotonic() < end:
            message = k.rd_kafka_consumer_poll(handle, 200)
            if message:
                if message.contents.err == 0:
                    record = _record(topic, message)
                k.rd_kafka_message_destroy(message)
        k.rd_kafka_consumer_close(handle)
        k.rd_kafka_destroy(handle)
        return record

    def messages(self, topic):
        """Control messages of a topic: (short type, CloudEvents attributes, data)."""
        out = []
        for record in self.read(topic):
            attributes = {n[3:]: v.decode() for n, v in record.headers if n.startswith("ce_")}
            kind = attributes.get("type", "").removeprefix("dev.millrace.").removesuffix(".v1")
            out.append((kind, attributes, record.json() if record.value else None))
        return out


def _record(topic, pointer):
    m = pointer.contents
    headers, list_ = [], c.c_void_p()
    if k.rd_kafka_message_headers(pointer, c.byref(list_)) == 0:
        name, value, size, index = c.c_char_p(), c.c_void_p(), c.c_size_t(), 0
        while k.rd_kafka_header_get_all(
                list_, c.c_size_t(index), c.byref(name), c.byref(value), c.byref(size)) == 0:
            headers.append((name.value.decode(), c.string_at(value.value, size.value) if value.value else None))
            index += 1
    kind = c.c_int()
    return Record(
        topic, m.partition, m.offset, k.rd_kafka_message_timestamp(pointer, c.byref(kind)),
        c.string_at(m.key, m.key_len) if m.key else None, c.string_at(m.payload, m.len) if m.payload else None, headers)
