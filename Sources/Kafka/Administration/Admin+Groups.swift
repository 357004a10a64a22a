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
        try askingAgain(for: timeout) { try describeGroups([group], timeout: $0)[group]!.get() }
    }

    /// The same of several groups; one that cannot be described has its error.
    ///
    /// Asked of all brokers, one group after the other: the library's own question to a group's coordinator ends the
    /// process when a broker comes or goes at that moment, in every version up to 2.15.
    public func describeGroups(
        _ groups: [String], timeout: Duration = .seconds(10)
    ) throws -> [String: Result<GroupDescription, KafkaError>] {
        guard !groups.isEmpty else { return [:] }
        try refuseOnEmbeddedCluster("describing groups", timeout: timeout)
        let end = ContinuousClock.now + timeout
        var table: [String: Result<GroupDescription, KafkaError>] = [:]
        for group in groups {
            // A broker that is away is waited for: not with all of the time, which is the other groups' as well.
            let left = min(max(.milliseconds(100), ContinuousClock.now.duration(to: end)), .seconds(3))
            table[group] = Result { () throws(KafkaError) in try description(of: group, timeout: left) }
        }
        return table
    }

    private func description(of group: String, timeout: Duration) throws(KafkaError) -> GroupDescription {
        var list: UnsafePointer<rd_kafka_group_list>?
        let code = rd_kafka_list_groups(pointer, group, &list, Int32(timeout.wholeMilliseconds))
        defer { if let list { rd_kafka_group_list_destroy(list) } }
        let action = "describing group \(group)"
        // The other brokers' answers may hold the group.
        if code != RD_KAFKA_RESP_ERR__PARTIAL { try KafkaError.check(code, action) }
        let unheardOf = GroupDescription(group: group, state: "Dead", assignor: "", members: [])
        guard let groups = list?.pointee,
            let index = (0..<Int(groups.group_cnt)).first(where: { Self.text(groups.groups[$0].group) == group })
        else {
            try KafkaError.check(code, action)
            return unheardOf
        }
        let info = groups.groups[index]
        if KafkaError.Code(info.err) == .groupIDNotFound { return unheardOf }
        try KafkaError.check(info.err, action)
        return GroupDescription(
            group: group, state: Self.text(info.state), assignor: Self.text(info.protocol),
            members: (0..<Int(info.member_cnt)).map { Self.member(info.members[$0]) })
    }

    private static func member(_ member: rd_kafka_group_member_info) -> GroupDescription.Member {
        let assigned = UnsafeRawBufferPointer(
            start: member.member_assignment, count: Int(member.member_assignment_size))
        return GroupDescription.Member(
            id: text(member.member_id), clientID: text(member.client_id), host: text(member.client_host),
            partitions: MemberAssignment(assigned)?.partitions.sorted() ?? [])
    }

    private static func text(_ text: UnsafePointer<CChar>?) -> String { text.map { String(cString: $0) } ?? "" }

    private static func name(of state: rd_kafka_consumer_group_state_t) -> String {
        text(rd_kafka_consumer_group_state_name(state))
    }
}
