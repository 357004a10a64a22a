import Glibc

/// A disk as files see it: what was written is there for every process at once, but only what was synced survives a
/// power cut. Names and contents are synced apart.
public final class Disk: @unchecked Sendable {
    final class Node {
        var bytes: [UInt8] = []
        /// The content that a power cut leaves for certain.
        var synced: [UInt8]?
        let isFolder: Bool
        var locker: SimulatedProcess?
        init(isFolder: Bool) { self.isFolder = isFolder }
    }

    private struct Handle {
        var node: Node
        var path: String
        var offset = 0
    }

    private var names: [String: Node] = ["/": Node(isFolder: true)]
    /// Names that survive a power cut for certain.
    private var syncedNames: [String: Node] = ["/": Node(isFolder: true)]
    private var handles: [Int32: Handle] = [:]
    private var nextHandle: Int32 = 100
    /// Until then (ns) writing is refused with this error.
    public var refusal: (until: Int64, error: Int32)?
    public private(set) var refusals = 0

    private var world: World { World.current }

    private func fail(_ error: Int32) -> Int32 {
        errno = error
        return -1
    }

    /// The error that a process meets now, if any.
    private func obstacle() -> Int32? {
        if world.process.isDead { return EIO }
        if let refusal, world.now < refusal.until {
            refusals += 1
            return refusal.error
        }
        return nil
    }

    private func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    // MARK: The calls of the C library

    public func open(_ path: String, _ flags: Int32) -> Int32 {
        if let node = names[path] {
            if flags & O_EXCL != 0, flags & O_CREAT != 0 { return fail(EEXIST) }
            if flags & O_DIRECTORY != 0, !node.isFolder { return fail(ENOTDIR) }
            if flags & O_TRUNC != 0 { node.bytes = [] }
            return handle(node, path)
        }
        guard flags & O_CREAT != 0 else { return fail(ENOENT) }
        if let error = obstacle() { return fail(error) }
        guard names[parent(path)] != nil else { return fail(ENOENT) }
        let node = Node(isFolder: false)
        names[path] = node
        return handle(node, path)
    }

    private func handle(_ node: Node, _ path: String) -> Int32 {
        nextHandle += 1
        handles[nextHandle] = Handle(node: node, path: path)
        return nextHandle
    }

    public func read(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard let handle = handles[file] else { return Int(fail(EBADF)) }
        let available = min(count, handle.node.bytes.count - handle.offset)
        guard available > 0, let buffer else { return 0 }
        handle.node.bytes.withUnsafeBytes {
            buffer.copyMemory(from: $0.baseAddress! + handle.offset, byteCount: available)
        }
        handles[file]?.offset += available
        return available
    }

    public func write(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
        guard let handle = handles[file] else { return Int(fail(EBADF)) }
        if let error = obstacle() { return Int(fail(error)) }
        handle.node.bytes.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: count))
        return count
    }

    public func sync(_ file: Int32) -> Int32 {
        world.sleep(world.dice.within(50_000...2_000_000))
        guard let handle = handles[file] else { return fail(EBADF) }
        if let error = obstacle() { return fail(error) }
        if handle.node.isFolder {
            syncNames(in: handle.path)
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
        guard let node = names[path] else { return fail(ENOENT) }
        if let error = obstacle() { return fail(error) }
        names[path] = nil
        names[newPath] = node
        if node.isFolder {
            for (name, inner) in names where name.hasPrefix(path + "/") {
                let moved = newPath + name.dropFirst(path.count)
                names[name] = nil
                names[moved] = inner
                // What is inside goes with its folder, as durable as it was.
                if syncedNames[name] === inner { syncedNames[moved] = inner }
            }
        }
        return 0
    }

    public func unlink(_ path: String) -> Int32 {
        guard names[path] != nil else { return fail(ENOENT) }
        if world.process.isDead { return fail(EIO) }
        names[path] = nil
        return 0
    }

    public func makeFolder(_ path: String) -> Int32 {
        if names[path] != nil { return fail(EEXIST) }
        if let error = obstacle() { return fail(error) }
        guard names[parent(path)] != nil else { return fail(ENOENT) }
        names[path] = Node(isFolder: true)
        return 0
    }

    /// nil: nothing is there.
    public func isFolder(_ path: String) -> Bool? { names[path == "." ? "/" : path]?.isFolder }

    /// - Returns: whether the lock was taken; it lasts as long as its process or handle.
    public func lock(_ file: Int32) -> Bool {
        guard let node = handles[file]?.node else { return false }
        guard node.locker == nil else { return false }
        node.locker = world.process
        return true
    }

    func release(locksOf process: SimulatedProcess) {
        for node in names.values where node.locker === process { node.locker = nil }
    }

    // MARK: What Foundation's file manager does

    public func contents(ofFolder path: String) -> [String]? {
        guard names[path]?.isFolder == true else { return nil }
        let prefix = path == "/" ? "/" : path + "/"
        return names.keys.filter { $0.hasPrefix(prefix) && $0 != path && !$0.dropFirst(prefix.count).contains("/") }
            .map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    public func removeTree(_ path: String) -> Bool {
        guard names[path] != nil, !world.process.isDead else { return false }
        for name in names.keys where name == path || name.hasPrefix(path + "/") { names[name] = nil }
        return true
    }

    public func createTree(_ path: String) {
        guard names[path] == nil else { return }
        createTree(parent(path))
        names[path] = Node(isFolder: true)
        syncedNames[path] = names[path]
    }

    public func copyTree(_ path: String, to newPath: String) {
        createTree(newPath)
        for (name, node) in names where name.hasPrefix(path + "/") {
            let copy = Node(isFolder: node.isFolder)
            copy.bytes = node.bytes
            names[newPath + name.dropFirst(path.count)] = copy
        }
    }

    /// For the checks.
    public func bytes(of path: String) -> [UInt8]? { names[path].flatMap { $0.isFolder ? nil : $0.bytes } }
    public var paths: [String] { names.keys.sorted() }

    // MARK: Power

    private func syncNames(in folder: String) {
        let prefix = folder == "/" ? "/" : folder + "/"
        func isInside(_ name: String) -> Bool {
            name.hasPrefix(prefix) && name != folder && !name.dropFirst(prefix.count).contains("/")
        }
        for name in syncedNames.keys where isInside(name) && names[name] == nil { syncedNames[name] = nil }
        for (name, node) in names where isInside(name) { syncedNames[name] = node }
    }

    /// Loses, for each name and each content that was not synced, nothing or all or the end of it.
    public func cutPower(_ dice: inout Dice) {
        for name in Set(names.keys).union(syncedNames.keys).sorted() {
            guard names[name] !== syncedNames[name] else { continue }
            if dice.one(in: 2) { names[name] = syncedNames[name] }
        }
        // A name whose folder is gone is gone.
        for name in names.keys.sorted() where name != "/" && names[parent(name)]?.isFolder != true { names[name] = nil }
        for name in names.keys.sorted() {
            guard let node = names[name], !node.isFolder, node.synced != node.bytes else { continue }
            switch dice.below(3) {
            case 0: node.bytes = node.synced ?? []
            case 1: node.bytes = Array(node.bytes.prefix(dice.below(node.bytes.count + 1)))
            default: break
            }
            node.synced = node.bytes
        }
        syncedNames = names
        handles = [:]
    }
}
