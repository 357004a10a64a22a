internal import Crdkafka
internal import Foundation

extension Admin {
    /// Creates topics, and waits until the brokers show them with leaders. One that exists already is left as it is.
    ///
    /// - Returns: the names of those created now.
    @discardableResult
    public func createTopics(_ topics: [NewTopic], timeout: Duration = .seconds(30)) throws -> [String] {
        guard !topics.isEmpty else { return [] }
        var list: [OpaquePointer?] = []
        defer { for case .some(let topic) in list { rd_kafka_NewTopic_destroy(topic) } }
        for topic in topics {
            var text = [CChar](repeating: 0, count: 256)
            guard
                let new = rd_kafka_NewTopic_new(
                    topic.name, Int32(topic.partitions), Int32(topic.replicationFactor ?? -1), &text, text.count)
            else {
                throw KafkaError(
                    code: .invalidArgument, message: "creating topic \(topic.name): \(String(terminated: text))")
            }
            list.append(new)
            for (name, value) in topic.configuration {
                try KafkaError.check(
                    rd_kafka_NewTopic_set_config(new, name, value), "property \(name) of \(topic.name)")
            }
        }
        let names = topics.map(\.name)
        let created = try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, "creating topics \(names)", timeout: timeout) {
            options, queue in
            // Answer only once the topics are there, not when they are promised.
            rd_kafka_AdminOptions_set_operation_timeout(options, Int32(timeout.wholeMilliseconds), nil, 0)
            rd_kafka_CreateTopics(pointer, &list, list.count, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            return try topicNames(results, count)
        }
        try awaitLeaders(of: created)
        return created
    }

    /// The controller has made them; other brokers hear of it a moment later. A client that may create but not describe
    /// never sees them, and goes on after some seconds.
    private func awaitLeaders(of names: [String]) throws {
        guard !names.isEmpty else { return }
        let end = ContinuousClock.now + .seconds(10)
        while try describeTopics(names).filter(\.leaderlessPartitions.isEmpty).count < names.count,
            ContinuousClock.now < end
        {
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func topicNames(_ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int) throws -> [String] {
        var names: [String] = []
        for index in 0..<count {
            guard let result = results?[index] else { continue }
            let name = String(cString: rd_kafka_topic_result_name(result))
            let code = rd_kafka_topic_result_error(result)
            if code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { continue }
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                let reason = rd_kafka_topic_result_error_string(result).map { String(cString: $0) } ?? ""
                throw KafkaError(code: KafkaError.Code(code), message: "topic \(name): \(reason)")
            }
            names.append(name)
        }
        return names
    }

    /// Deletes a topic and all it holds.
    public func deleteTopic(_ topic: String, timeout: Duration = .seconds(30)) throws {
        var list: [OpaquePointer?] = [rd_kafka_DeleteTopic_new(topic)]
        defer { rd_kafka_DeleteTopic_destroy(list[0]) }
        try request(RD_KAFKA_ADMIN_OP_DELETETOPICS, "deleting topic \(topic)", timeout: timeout) { options, queue in
            rd_kafka_AdminOptions_set_operation_timeout(options, Int32(timeout.wholeMilliseconds), nil, 0)
            rd_kafka_DeleteTopics(pointer, &list, 1, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
            _ = try topicNames(results, count)
        }
    }

    /// All topics of the cluster, by name.
    public func listTopics(timeout: Duration = .seconds(10)) throws -> [TopicDescription] {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        try KafkaError.check(
            rd_kafka_metadata(pointer, 1, nil, &metadata, Int32(timeout.wholeMilliseconds)),
            "listing the topics of \(settings.brokers)")
        guard let metadata else { return [] }
        defer { rd_kafka_metadata_destroy(metadata) }
        return (0..<Int(metadata.pointee.topic_cnt)).compactMap { index in
            let topic = metadata.pointee.topics[index]
            guard topic.err == RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt > 0 else { return nil }
            let partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
            return TopicDescription(
                name: String(cString: topic.topic), partitionCount: partitions.count,
                replicationFactor: Int(partitions.first?.replica_cnt ?? 0),
                leaderlessPartitions: partitions.filter { $0.leader < 0 }.map(\.id))
        }
        .sorted { $0.name < $1.name }
    }

    /// Some topics of the cluster; those that do not exist are not in the answer.
    public func describeTopics(_ names: [String], timeout: Duration = .seconds(10)) throws -> [TopicDescription] {
        let wanted = Set(names)
        return try listTopics(timeout: timeout).filter { wanted.contains($0.name) }
    }

    /// One topic, which must exist.
    public func describeTopic(_ name: String, timeout: Duration = .seconds(10)) throws -> TopicDescription {
        guard let topic = try describeTopics([name], timeout: timeout).first else {
            throw KafkaError(
                code: .unknownTopicOrPartition, message: "there is no topic \(name) on \(settings.brokers)",
                isRetriable: false)
        }
        return topic
    }

    /// A topic's properties in force.
    public func topicConfiguration(_ topic: String, timeout: Duration = .seconds(10)) throws -> TopicConfiguration {
        var list: [OpaquePointer?] = [rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)]
        defer { rd_kafka_ConfigResource_destroy(list[0]) }
        let action = "reading the properties of topic \(topic)"
        return try request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, action, timeout: timeout) { options, queue in
            rd_kafka_DescribeConfigs(pointer, &list, 1, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_DescribeConfigs_result_resources(
                rd_kafka_event_DescribeConfigs_result(event), &count)
            guard count > 0, let resource = results?[0] else { return TopicConfiguration(values: [:]) }
            try KafkaError.check(rd_kafka_ConfigResource_error(resource), action)
            var entries = 0
            let list = rd_kafka_ConfigResource_configs(resource, &entries)
            var values: [String: String] = [:]
            for index in 0..<entries {
                guard let entry = list?[index], let value = rd_kafka_ConfigEntry_value(entry) else { continue }
                values[String(cString: rd_kafka_ConfigEntry_name(entry))] = String(cString: value)
            }
            return TopicConfiguration(values: values)
        }
    }
}
