#if MUTATIONS
    import Foundation

    /// A promise broken on purpose, to see that the tests notice. Compiled into the simulation and the chaos run alone
    /// (`-D MUTATIONS`); the program that people run knows nothing of it.
    public enum Mutation: String, CaseIterable, Sendable {
        /// Commits offsets before what was made of the input is written.
        case commitFirst = "commit-first"
        /// Lets a second worker of the same name into the folder.
        case skipLock = "skip-lock"
        /// Takes another transactional id at every start, so that nobody is fenced.
        case noFencing = "no-fencing"
        /// Commits with the group's newest metadata rather than those of the assignment.
        case freshMetadata = "fresh-metadata"
        /// Seals what is open when partitions are given up.
        case sealOnRevoke = "seal-on-revoke"
        /// Takes a partition that is not read for one that has nothing to say.
        case pausedIsIdle = "paused-is-idle"
        /// Reads on from the committed offset, without what open windows need from before.
        case resumeFromCommit = "resume-from-commit"
        /// Moves the alias before the release is in the log.
        case aliasFirst = "alias-first"
        /// Reads datasets on while a run is under way, and lets what fires meanwhile be answered by it.
        case mergeTriggers = "merge-triggers"

        nonisolated(unsafe) public static var active = ProcessInfo.processInfo.environment["MILLRACE_MUTATION"]
            .flatMap(Mutation.init)

        public var isOn: Bool { Self.active == self }
    }
#endif
