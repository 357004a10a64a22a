public import MillraceHistory

extension HistoryStore {
    /// Forgets what the topics tell and reads it again from their beginnings, in one transaction.
    public func rebuild(from connection: PipelineConnection) throws {
        let reader = ControlReader(connection)
        try rebuild { each in
            // One after the other: a writer beside this one waits, and sees all or nothing.
            try reader.readAll(Self.arrows, timeout: .seconds(600), each: each)
        }
    }
}
