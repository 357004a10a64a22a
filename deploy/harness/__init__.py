"""What the benchmarks and the acceptance runs share: a broker, a Kafka client, the program as a process.

Python's standard library alone, and librdkafka by its C interface: nothing has to be installed.
"""
