import Foundation

/// Several processes that share the seeds: a world is one process's alone.
struct Crew {
    let options: Options

    init(_ options: Options) { self.options = options }

    func run() -> Int32 {
        let begin = Date()
        let members = (0..<options.jobs).map(start)
        var total = Figures()
        // One after the other: what each has said waits in its pipe, or it waits to say it.
        for (process, output) in members {
            var left = ""
            while case let data = output.availableData, !data.isEmpty {
                left += String(decoding: data, as: UTF8.self)
                while let end = left.firstIndex(of: "\n") {
                    let line = String(left[..<end])
                    left = String(left[left.index(after: end)...])
                    if let part = Figures(part: line) { total.merge(part) } else { print(line) }
                    fflush(nil)
                }
            }
            process.waitUntilExit()
            if process.terminationReason == .uncaughtSignal {
                print("a process ended by signal \(process.terminationStatus)")
                total.broken += 1
            }
        }
        total.wallSeconds = Date().timeIntervalSince(begin)
        total.say(isPart: false)
        return total.broken == 0 ? 0 : 1
    }

    /// Those that this process may use.
    private var processors: [Int] {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") } ?? ""
        return line.split { ": \t,".contains($0) }.dropFirst().flatMap { part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            return ends.isEmpty ? [] : Array(ends[0]...ends[ends.count - 1])
        }
    }

    private func start(_ index: Int) -> (Process, FileHandle) {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "--seeds", "\(options.seeds.lowerBound)-\(options.seeds.upperBound)", "--share", "\(index)/\(options.jobs)",
            "--failures", "\(options.failures)",
        ]
        if let cast = options.cast { process.arguments? += ["--cast", cast.rawValue] }
        if let mutation = options.mutation { process.arguments? += ["--mutation", mutation.rawValue] }
        // Its threads take turns: on one processor that costs half of what it costs to wake the next on another.
        let taskset = URL(filePath: "/usr/bin/taskset")
        if let program = process.executableURL?.path, FileManager.default.isExecutableFile(atPath: taskset.path),
            let processor = processors.isEmpty ? nil : processors[index % processors.count]
        {
            process.executableURL = taskset
            process.arguments = ["--cpu-list", "\(processor)", program] + (process.arguments ?? [])
        }
        let pipe = Pipe()
        process.standardOutput = pipe
        do { try process.run() } catch { preconditionFailure("cannot start a process: \(error)") }
        return (process, pipe.fileHandleForReading)
    }
}
