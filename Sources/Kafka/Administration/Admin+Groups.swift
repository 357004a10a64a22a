internal import Crdkafka
internal import Glibc

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
        try askingAgain(for: timeout) { try describeGroups([group], timeout: $0)[group]!.get() }
    }

    /// The same of several groups at once; one that cannot be described has its error.
    public func describeGroups(
        _ groups: [String], timeout: Duration = .seconds(10)
    ) throws -> [String: Result<GroupDescription, KafkaError>] {
        guard !groups.isEmpty else { return [:] }
        let action = "describing groups"
        return try request(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, action, timeout: timeout) { options, queue in
            let names = groups.map { strdup($0) }
            defer { for name in names { free(name) } }
            var list = names.map { UnsafePointer<CChar>($0) }
            rd_kafka_DescribeConsumerGroups(pointer, &list, list.count, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_DescribeConsumerGroups_result_groups(
                rd_kafka_event_DescribeConsumerGroups_result(event), &count)
            var table: [String: Result<GroupDescription, KafkaError>] = [:]
            for index in 0..<count {
                guard let result = results?[index] else { continue }
                let group = Self.text(rd_kafka_ConsumerGroupDescription_group_id(result))
                table[group] = Result { () throws(KafkaError) in try Self.description(result, of: group) }
            }
            for group in groups where table[group] == nil {
                table[group] = .failure(
                    KafkaError(code: .groupIDNotFound, message: "describing group \(group): no answer about it"))
            }
            return table
        }
    }

    private static func description(
        _ result: OpaquePointer, of group: String
    ) throws(KafkaError) -> GroupDescription {
        if let error = rd_kafka_ConsumerGroupDescription_error(result) {
            let code = KafkaError.Code(rd_kafka_error_code(error))
            if code == .groupIDNotFound {
                return GroupDescription(group: group, state: "Dead", assignor: "", members: [])
            }
            if code != .none {
                throw KafkaError(
                    code: code, message: "describing group \(group): \(text(rd_kafka_error_string(error)))")
            }
        }
        let members = rd_kafka_ConsumerGroupDescription_member_count(result)
        return GroupDescription(
            group: group, state: name(of: rd_kafka_ConsumerGroupDescription_state(result)),
            assignor: text(rd_kafka_ConsumerGroupDescription_partition_assignor(result)),
            members: (0..<members).compactMap { index in
                rd_kafka_ConsumerGroupDescription_member(result, index).map(member)
            })
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
