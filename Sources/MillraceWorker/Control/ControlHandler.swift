public import Millrace

/// What a role asks its loop to do next.
public enum ControlAction {
    /// Send the records and commit the positions of the inputs, all or nothing where the broker has transactions.
    /// `done` is called after the commit with the records' offsets, in the order of the records.
    case publish([OutgoingRecord], positions: [Arrow: Int64], done: ([Int64]) -> Void)
    /// Run this on a thread of its own while polling goes on; the result comes back through `finished`.
    case work(name: String, body: @Sendable (WorkContext) throws -> any Sendable)
    /// Stop or go on reading an input.
    case pause(Set<Arrow>)
    case resume(Set<Arrow>)
    /// Send at once, outside of any transaction, and wait for nothing (progress).
    case notify(OutgoingRecord)
}

/// One role's logic: a shell around its state machine. All methods are called on the loop's thread.
///
/// Life: `reset`, then `fold` for every message of its own `outputs`, then `start`, then `receive` and `next` for as
/// long as its partitions are assigned; a new assignment begins again with `reset`.
public protocol ControlHandler: AnyObject {
    var role: Role { get }
    /// The topics it reads as a member of the role's group.
    var inputs: [Arrow] { get }
    /// The topics it folds before it begins: what it finds there has been decided. Also other roles' outputs, where
    /// they decide what this one does.
    var folds: [Arrow] { get }

    func reset()
    func fold(_ record: ControlRecord) throws(MessageError)
    /// All is folded. The answer says from where each input is to be read; one that it leaves out is read from the
    /// committed offset, or from the beginning.
    func start() throws -> [Arrow: Int64]
    /// A message of an input, in order. A `MessageError` thrown here puts it among the dead letters, except
    /// `unknownType`, which is counted and passed over; either way `skip` follows.
    func receive(_ record: ControlRecord) throws(MessageError)
    /// A message of an input, in order, that is dealt with: it could not be read, or `receive` threw. It is not to be
    /// read again.
    func skip(_ arrow: Arrow, offset: Int64)
    /// The next thing to do; nil when there is nothing until more is received, work is finished, or time passes.
    func next(now: Timestamp) throws -> ControlAction?
    /// The result of a piece of work, or why it failed.
    func finished(_ result: Result<any Sendable, any Error>)
    /// The offsets that may be committed between publications: everything before them is dealt with.
    var positions: [Arrow: Int64] { get }
    /// What the role cannot do for now, though it goes on with the rest; nil: nothing is wrong.
    var trouble: String? { get }
    /// What is in hand is given up, since the role goes to another process, or the worker stops; of work also when its
    /// broker cannot be reached. Nothing follows but `reset`.
    /// - Returns: what is to be said of it, outside of any transaction, if this process still has the role.
    func abandoned() -> [OutgoingRecord]
}

extension ControlHandler {
    public var trouble: String? { nil }
    public func abandoned() -> [OutgoingRecord] { [] }
}
