internal import Crdkafka

extension Admin {
    /// All consumer groups of the cluster, by name.
    public func listGroups(timeout: Duration = .seconds(10)) throws -> [GroupListing] {
        try request(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, "listing groups", timeout: timeout) { options, queue in
            rd_kafka_ListConsumerGroups(pointer, options, queue)
        } read: { event in
            let result = rd_kafka_event_ListConsumerGroups_result(event)
            var count = 0
            let groups = rd_kafka_ListConsumerGroups_result_valid(result, &count)
            var failed = 0
            let errors = rd_kafka_ListConsumerGroups_result_errors(result, &failed)
            // A list without some broker's groups would be a wrong answer.
            if failed > 0, let error = errors?[0] {
                throw KafkaError(
                    code: KafkaError.Code(rd_kafka_error_code(error)),
                    message: "listing groups: \(String(cString: rd_kafka_error_string(error)))")
            }
            return (0..<count).compactMap { index in
                guard let group = groups?[index] else { return nil }
                return GroupListing(
                    group: String(cString: rd_kafka_ConsumerGroupListing_group_id(group)),
                    state: Self.name(of: rd_kafka_ConsumerGroupListing_state(group)))
            }
            .sorted { $0.group < $1.group }
        }
    }

    /// A group's members and what they read. A group nobody has heard of is `Dead` and empty.
    public func describeGroup(_ group: String, timeout: Duration = .seconds(10)) throws -> GroupDescription {
        let action = "describing group \(group)"
        return try request(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, action, timeout: timeout) { options, queue in
            group.withCString { name in
                var names: [UnsafePointer<CChar>?] = [name]
                rd_kafka_DescribeConsumerGroups(pointer, &names, 1, options, queue)
            }
        } read: { event in
            var count = 0
            let results = rd_kafka_DescribeConsumerGroups_result_groups(
                rd_kafka_event_DescribeConsumerGroups_result(event), &count)
            guard count > 0, let result = results?[0] else {
                throw KafkaError(code: .groupIDNotFound, message: "\(action): no answer about it")
            }
            if let error = rd_kafka_ConsumerGroupDescription_error(result) {
                let code = KafkaError.Code(rd_kafka_error_code(error))
                if code == .groupIDNotFound {
                    return GroupDescription(group: group, state: "Dead", assignor: "", members: [])
                }
                if code != .none {
                    let reason = rd_kafka_error_string(error).map { String(cString: $0) } ?? ""
                    throw KafkaError(code: code, message: "\(action): \(reason)")
                }
            }
            let members = rd_kafka_ConsumerGroupDescription_member_count(result)
            return GroupDescription(
                group: group, state: Self.name(of: rd_kafka_ConsumerGroupDescription_state(result)),
                assignor: Self.text(rd_kafka_ConsumerGroupDescription_partition_assignor(result)),
                members: (0..<members).compactMap { index in
                    rd_kafka_ConsumerGroupDescription_member(result, index).map(Self.member)
                })
        }
    }

    private static func member(_ member: OpaquePointer) -> GroupDescription.Member {
        let assigned = rd_kafka_MemberDescription_assignment(member).flatMap {
            rd_kafka_MemberAssignment_partitions($0)
        }
        let instance = text(rd_kafka_MemberDescription_group_instance_id(member))
        return GroupDescription.Member(
            id: text(rd_kafka_MemberDescription_consumer_id(member)), instanceID: instance.isEmpty ? nil : instance,
            clientID: text(rd_kafka_MemberDescription_client_id(member)),
            host: text(rd_kafka_MemberDescription_host(member)),
            partitions: assigned.map { TopicPartitionList.entries(of: $0).map(\.partition).sorted() } ?? [])
    }

    private static func text(_ text: UnsafePointer<CChar>?) -> String { text.map { String(cString: $0) } ?? "" }

    private static func name(of state: rd_kafka_consumer_group_state_t) -> String {
        text(rd_kafka_consumer_group_state_name(state))
    }
}
