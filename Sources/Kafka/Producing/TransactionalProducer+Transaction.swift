extension TransactionalProducer {
    /// Begins a transaction, runs `body` and commits; aborts if either throws something that allows it.
    public func transaction(within deadline: Duration = .seconds(60), _ body: (TransactionalProducer) throws -> Void)
        throws
    {
        try begin()
        do {
            try body(self)
            try commit(within: deadline)
        } catch {
            let failure = error as? KafkaError
            if failure?.isFatal != true, failure?.isFenced != true { try? abort(within: deadline) }
            throw error
        }
    }
}
