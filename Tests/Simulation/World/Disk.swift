import Glibc

/// A disk as files see it: what was written is there for every process at once, but only what was synced survives a
/// power cut. Names and contents are synced apart.
public final class Disk: @unchecked Sendable {
    final class Node {
        let isFolder: Bool
        var bytes: [UInt8] = []
        /// The content that a power cut leaves for certain.
        var synced: [UInt8]?
        var locker: SimulatedProcess?
        /// Of a folder: what is in it, and what of it survives a power cut for certain.
        var names: [Substring: Node] = [:]
        var syncedNames: [Substring: Node] = [:]

        init(isFolder: Bool) { self.isFolder = isFolder }
    }

    private struct Handle {
        var node: Node
        var offset = 0
    }

    private var root = Node(isFolder: true)
    private var locked: [Node] = []
    private var handles: [Int32: Handle] = [:]
    private var nextHandle: Int32 = 100
    /// Until then (ns) writing is refused with this error.
    public var refusal: (until: Int64, error: Int32)?
    /// What has gone wrong, by its name, how often.
    public private(set) var faults: [String: Int] = [:]

    private var world: World { World.current }

    private func fail(_ error: Int32) -> Int32 {
        errno = error
        return -1
    }

    private func note(_ fault: String) { faults[fault, default: 0] += 1 }

    /// The error that a process meets now, if any.
    private func obstacle() -> Int32? {
        if world.process.isDead { return EIO }
        if let refusal, world.now < refusal.until {
            note(refusal.error == ENOSPC ? "write refused, disk full" : "write refused, disk broken")
            return refusal.error
        }
        return nil
    }

    // MARK: Names

    /// By bytes: looking for characters takes ten times as long.
    private func parts(_ path: String) -> [Substring] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
    }

    private func find(_ path: String) -> Node? {
        var node = root
        for name in parts(path) where name != "." {
            guard let next = node.names[name] else { return nil }
            node = next
        }
        return node
    }

    /// The folder that a path is in, and its name there.
    private func place(_ path: String) -> (folder: Node, name: Substring)? {
        let parts = parts(path)
        guard let name = parts.last else { return nil }
        var node = root
        for part in parts.dropLast() {
            guard let next = node.names[part], next.isFolder else { return nil }
            node = next
        }
        return (node, name)
    }

    // MARK: The calls of the C library

    public func open(_ path: String, _ flags: Int32) -> Int32 {
        if let node = find(path) {
            if flags & O_EXCL != 0, flags & O_CREAT != 0 { return fail(EEXIST) }
            if flags & O_DIRECTORY != 0, !node.isFolder { return fail(ENOTDIR) }
            if flags & O_TRUNC != 0 { node.bytes = [] }
            return handle(node)
        }
        guard flags & O_CREAT != 0 else { return fail(ENOENT) }
        if let error = obstacle() { return fail(error) }
        guard let (folder, name) = place(path) else { return fail(ENOENT) }
        let node = Node(isFolder: false)
        folder.names[name] = node
        return handle(node)
    }

    private func handle(_ node: Node) -> Int32 {
        nextHandle += 1
        handles[nextHandle] = Handle(node: node)
        return nextHandle
    }

    public func read(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard let handle = handles[file] else { return Int(fail(EBADF)) }
        // A disk that is broken fails to read as well, though not always.
        if let refusal, refusal.error == EIO, world.now < refusal.until, !world.process.isDead, world.dice.one(in: 2) {
            note("read refused, disk broken")
            return Int(fail(EIO))
        }
        let available = min(count, handle.node.bytes.count - handle.offset)
        guard available > 0, let buffer else { return 0 }
        handle.node.bytes.withUnsafeBytes {
            buffer.copyMemory(from: $0.baseAddress! + handle.offset, byteCount: available)
        }
        handles[file]?.offset += available
        return available
    }

    public func write(_ file: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
        guard let handle = handles[file] else { return Int(fail(EBADF)) }
        // A disk takes what there is room for before it refuses the rest, and a signal may end a write early.
        var count = buffer.count
        let isRefusing = refusal.map { world.now < $0.until } ?? false
        if count > 1, world.dice.one(in: isRefusing ? 2 : 100), !world.process.isDead {
            count = 1 + world.dice.below(count - 1)
            note("write cut short")
        } else if let error = obstacle() {
            return Int(fail(error))
        }
        handle.node.bytes.append(contentsOf: buffer.prefix(count))
        return count
    }

    public func sync(_ file: Int32) -> Int32 {
        world.sleep(world.dice.within(50_000...2_000_000))
        guard let handle = handles[file] else { return fail(EBADF) }
        if let error = obstacle() { return fail(error) }
        if handle.node.isFolder {
            handle.node.syncedNames = handle.node.names
        } else {
            handle.node.synced = handle.node.bytes
        }
        return 0
    }

    public func close(_ file: Int32) -> Int32 {
        guard let handle = handles.removeValue(forKey: file) else { return fail(EBADF) }
        if handle.node.locker === world.process { handle.node.locker = nil }
        return 0
    }

    public func rename(_ path: String, _ newPath: String) -> Int32 {
        world.sleep(world.dice.within(0...500_000))
        guard let (folder, name) = place(path), let node = folder.names[name] else { return fail(ENOENT) }
        if let error = obstacle() { return fail(error) }
        guard let (newFolder, newName) = place(newPath) else { return fail(ENOENT) }
        folder.names[name] = nil
        newFolder.names[newName] = node
        return 0
    }

    public func unlink(_ path: String) -> Int32 {
        guard let (folder, name) = place(path), folder.names[name] != nil else { return fail(ENOENT) }
        if world.process.isDead { return fail(EIO) }
        folder.names[name] = nil
        return 0
    }

    public func makeFolder(_ path: String) -> Int32 {
        if find(path) != nil { return fail(EEXIST) }
        if let error = obstacle() { return fail(error) }
        guard let (folder, name) = place(path) else { return fail(ENOENT) }
        folder.names[name] = Node(isFolder: true)
        return 0
    }

    /// nil: nothing is there.
    public func isFolder(_ path: String) -> Bool? { find(path)?.isFolder }

    /// - Returns: whether the lock was taken; it lasts as long as its process or handle.
    public func lock(_ file: Int32) -> Bool {
        guard let node = handles[file]?.node, node.locker == nil else { return false }
        node.locker = world.process
        locked.append(node)
        return true
    }

    func release(locksOf process: SimulatedProcess) {
        for node in locked where node.locker === process { node.locker = nil }
        locked.removeAll { $0.locker == nil }
    }

    // MARK: What Foundation's file manager does

    public func contents(ofFolder path: String) -> [String]? {
        guard let node = find(path), node.isFolder else { return nil }
        return node.names.keys.map(String.init).sorted()
    }

    public func removeTree(_ path: String) -> Bool {
        guard !world.process.isDead, let (folder, name) = place(path) else { return false }
        return folder.names.removeValue(forKey: name) != nil
    }

    /// Folders that were there before the simulation began.
    public func createTree(_ path: String) {
        var node = root
        for name in parts(path) {
            let next = node.names[name] ?? Node(isFolder: true)
            (node.names[name], node.syncedNames[name]) = (next, next)
            node = next
        }
    }

    /// For the checks.
    public func copyTree(_ path: String, to newPath: String) {
        createTree(newPath)
        guard let source = find(path), let target = find(newPath) else { return }
        copy(source, to: target)
    }

    private func copy(_ source: Node, to target: Node) {
        for (name, node) in source.names {
            let copied = Node(isFolder: node.isFolder)
            copied.bytes = node.bytes
            target.names[name] = copied
            copy(node, to: copied)
        }
    }

    // MARK: Power

    /// Loses, for each name and each content that was not synced, nothing or all or the end of it.
    public func cutPower(_ dice: inout Dice) {
        note("power cut")
        cutPower(below: root, &dice)
        handles = [:]
    }

    private func cutPower(below folder: Node, _ dice: inout Dice) {
        for name in Set(folder.names.keys).union(folder.syncedNames.keys).sorted() {
            if folder.names[name] !== folder.syncedNames[name], dice.one(in: 2) {
                folder.names[name] = folder.syncedNames[name]
                note("name lost")
            }
            guard let node = folder.names[name] else { continue }
            if node.isFolder { cutPower(below: node, &dice) } else { lose(node, &dice) }
        }
        folder.syncedNames = folder.names
    }

    private func lose(_ node: Node, _ dice: inout Dice) {
        guard node.synced != node.bytes else { return }
        let kept = dice.below(node.bytes.count + 1)
        switch dice.below(4) {
        case 0:
            node.bytes = node.synced ?? []
            note("content lost")
        case 1:
            node.bytes = Array(node.bytes.prefix(kept))
            note("write torn")
        case 2:
            // The length was written, its blocks were not.
            node.bytes.replaceSubrange(kept..., with: repeatElement(0, count: node.bytes.count - kept))
            note("write torn, zeros in its place")
        default: break
        }
        node.synced = node.bytes
    }
}
