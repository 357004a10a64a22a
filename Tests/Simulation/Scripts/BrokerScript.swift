import Kafka

/// A few steps and what a cluster says to them: the ground on which the model stands.
struct BrokerScript {
    let name: String
    let play: (ScriptStage) -> Void

    init(_ name: String, _ play: @escaping (ScriptStage) -> Void) {
        self.name = name
        self.play = play
    }

    /// The transcript of all scripts, each on names of its own.
    static func transcript(_ settings: ClientSettings, suffix: String) -> [String] {
        all.enumerated().flatMap { index, script in
            let stage = ScriptStage(settings, suffix: "\(suffix)-\(index)")
            script.play(stage)
            stage.close()
            return ["\(script.name):"] + stage.transcript
        }
    }
}

extension BrokerScript {
    // One literal would take the compiler long.
    nonisolated(unsafe) static let all: [BrokerScript] = plain + transactional + groups + both

    private nonisolated(unsafe) static let plain: [BrokerScript] = [
        BrokerScript("records have consecutive offsets") { stage in
            stage.topic("t")
            stage.produce("t", "a", "b", "c")
            stage.read("t")
            stage.ends("t")
        },
        BrokerScript("an empty topic ends where it begins") { stage in
            stage.topic("t")
            stage.read("t")
            stage.ends("t")
        },
        BrokerScript("a topic is made once") { stage in
            stage.topic("t")
            stage.topic("t")
        },
        BrokerScript("there is no reading from a topic that is not there") { stage in stage.read("t") },
        BrokerScript("partitions have offsets of their own") { stage in
            stage.topic("t", partitions: 2)
            stage.produce("t", "a", "b")
            stage.produce("t", "c", partition: 1)
            stage.read("t")
            stage.read("t", partition: 1)
        },
    ]

    private nonisolated(unsafe) static let transactional: [BrokerScript] = [
        BrokerScript("a commit's marker takes an offset") { stage in
            stage.topic("t")
            stage.open("p")
            stage.send("p", "t", "a")
            stage.commit("p")
            stage.produce("t", "b")
            stage.read("t")
            stage.ends("t")
        },
        BrokerScript("an open transaction hides what comes after it") { stage in
            stage.topic("t")
            stage.produce("t", "a")
            stage.open("p")
            stage.send("p", "t", "b")
            stage.produce("t", "c")
            stage.read("t")
            stage.read("t", .readUncommitted)
            stage.ends("t")
            stage.commit("p")
            stage.produce("t", "d")
            stage.read("t")
        },
        BrokerScript("what is aborted is seen by nobody who reads committed records") { stage in
            stage.topic("t")
            stage.open("p")
            stage.send("p", "t", "a")
            stage.abort("p")
            stage.produce("t", "b")
            stage.read("t")
            stage.read("t", .readUncommitted)
        },
        BrokerScript("transactions follow each other") { stage in
            stage.topic("t")
            stage.initialise("p")
            for value in ["a", "b", "c"] {
                stage.begin("p")
                stage.send("p", "t", value)
                stage.commit("p")
            }
            stage.produce("t", "d")
            stage.read("t")
        },
        BrokerScript("a transaction of nothing leaves nothing") { stage in
            stage.topic("t")
            stage.open("p")
            stage.commit("p")
            stage.ends("t")
        },
        BrokerScript("taking an id over aborts what its former owner left open") { stage in
            stage.topic("t")
            stage.open("p", id: "x")
            stage.send("p", "t", "a")
            stage.open("q", id: "x")
            stage.send("q", "t", "b")
            stage.commit("q")
            stage.produce("t", "c")
            stage.read("t")
        },
        BrokerScript("the former owner of an id can commit nothing more") { stage in
            stage.topic("t")
            stage.open("p", id: "x")
            stage.send("p", "t", "a")
            stage.initialise("q", id: "x")
            stage.commit("p")
            stage.produce("t", "b")
            stage.read("t")
        },
        BrokerScript("an open transaction ends a reading where it began") { stage in
            stage.topic("t")
            stage.open("p")
            stage.send("p", "t", "a")
            stage.send("p", "t", "b")
            stage.read("t")
            stage.abort("p")
            stage.read("t")
            stage.ends("t")
        },
        BrokerScript("after an abort the same producer goes on") { stage in
            stage.topic("t")
            stage.open("p")
            stage.send("p", "t", "a")
            stage.abort("p")
            stage.begin("p")
            stage.send("p", "t", "b")
            stage.commit("p")
            stage.produce("t", "c")
            stage.read("t")
        },
        BrokerScript("two ids do not meet") { stage in
            stage.topic("t")
            stage.initialise("p")
            stage.initialise("q")
            stage.begin("p")
            stage.begin("q")
            stage.send("p", "t", "a")
            stage.send("q", "t", "b")
            stage.commit("q")
            stage.produce("t", "c")
            stage.ends("t")
            stage.commit("p")
            stage.produce("t", "d")
            stage.read("t")
        },
    ]

    private nonisolated(unsafe) static let groups: [BrokerScript] = [
        BrokerScript("what was committed before outlives its member") { stage in
            stage.joinAlone("m", "g", "t")
            stage.commitOffset("m", "t", 4, "last words")
            stage.leave("m")
            stage.committed("g", "t")
        },
        BrokerScript("groups do not see each other's offsets") { stage in
            stage.topic("t")
            stage.join("m", "g", "t")
            stage.join("n", "h", "t")
            stage.settle([("m", 1), ("n", 1)])
            stage.commitOffset("m", "t", 4)
            stage.committed("g", "t")
            stage.committed("h", "t")
        },
        BrokerScript("partitions go from one to two to the other") { stage in
            stage.joinAlone("m", "g", "t", partitions: 2)
            stage.join("n", "g", "t")
            stage.settle([("m", 1), ("n", 1)])
            stage.leave("m")
            stage.settle([("n", 2)])
        },
        BrokerScript("a lone member has all partitions") { stage in
            stage.joinAlone("m", "g", "t", partitions: 3)
        },
        BrokerScript("two members share by ranges") { stage in
            stage.joinAlone("m", "g", "t", partitions: 4)
            stage.join("n", "g", "t")
            stage.settle([("m", 2), ("n", 2)])
        },
        BrokerScript("who is left has all") { stage in
            stage.topic("t", partitions: 2)
            stage.join("m", "g", "t")
            stage.join("n", "g", "t")
            stage.settle([("m", 1), ("n", 1)])
            stage.leave("n")
            stage.settle([("m", 2)])
        },
        BrokerScript("one partition goes to one of two members") { stage in
            stage.topic("t")
            stage.topic("u")
            stage.join("m", "g", "t", "u")
            stage.settle([("m", 2)])
        },
        BrokerScript("a static member comes back to its place") { stage in
            stage.topic("t", partitions: 2)
            stage.join("m", "g", "t", instance: "i")
            stage.settle([("m", 2)])
            stage.join("n", "g", "t", instance: "j")
            stage.settle([("m", 1), ("n", 1)])
            stage.leave("m")
            stage.join("o", "g", "t", instance: "i")
            stage.settle([("o", 1), ("n", 1)])
            stage.commitOffset("o", "t", 3)
            stage.committed("g", "t")
        },
        BrokerScript("a static member that stays away loses its place when its session ends") { stage in
            stage.topic("t", partitions: 2)
            stage.join("m", "g", "t", instance: "i")
            stage.settle([("m", 2)])
            stage.join("n", "g", "t", instance: "j")
            stage.settle([("m", 1), ("n", 1)])
            stage.leave("m")
            stage.settle([("n", 2)])
        },
        BrokerScript("who takes a static member's name takes its place, and the former commits nothing") { stage in
            stage.topic("t", partitions: 2)
            stage.join("m", "g", "t", instance: "i")
            stage.settle([("m", 2)])
            stage.keepMetadata("before", of: "m")
            stage.join("n", "g", "t", instance: "i")
            stage.settle([("n", 2)])
            stage.open("p")
            stage.sendOffset("p", of: "n", "t", 5, kept: "before")
            stage.abort("p")
            stage.commitOffset("n", "t", 6)
            stage.committed("g", "t")
        },
        BrokerScript("offsets keep their text") { stage in
            stage.joinAlone("m", "g", "t")
            stage.committed("g", "t")
            stage.commitOffset("m", "t", 7, "a note")
            stage.committed("g", "t")
            stage.commitOffset("m", "t", 3)
            stage.committed("g", "t")
        },
        BrokerScript("a successor starts at the committed offset") { stage in
            stage.topic("t")
            stage.produce("t", "a", "b", "c")
            stage.join("m", "g", "t")
            stage.settle([("m", 1)])
            stage.take("m", count: 3)
            stage.commitOffset("m", "t", 1)
            stage.leave("m")
            stage.join("n", "g", "t")
            stage.settle([("n", 1)])
            stage.take("n", count: 2)
        },
    ]

    private nonisolated(unsafe) static let both: [BrokerScript] = [
        BrokerScript("offsets of a transaction come with it") { stage in
            stage.joinAlone("m", "g", "t")
            stage.open("p")
            stage.send("p", "t", "a")
            stage.sendOffset("p", of: "m", "t", 5)
            stage.commit("p")
            stage.produce("t", "b")
            stage.read("t")
            stage.committed("g", "t")
        },
        BrokerScript("offsets of an aborted transaction do not") { stage in
            stage.joinAlone("m", "g", "t")
            stage.commitOffset("m", "t", 2)
            stage.open("p")
            stage.sendOffset("p", of: "m", "t", 5)
            stage.abort("p")
            stage.committed("g", "t")
        },
        BrokerScript("metadata of before a rebalance commit nothing, fresh ones do") { stage in
            stage.joinAlone("m", "g", "t", partitions: 2)
            stage.keepMetadata("before", of: "m")
            stage.join("n", "g", "t")
            stage.settle([("m", 1), ("n", 1)])
            stage.open("p")
            stage.send("p", "t", "a")
            stage.sendOffset("p", of: "m", "t", 5, kept: "before")
            stage.abort("p")
            stage.begin("p")
            stage.send("p", "t", "b")
            stage.sendOffset("p", of: "m", "t", 6)
            stage.commit("p")
            stage.produce("t", "c")
            stage.read("t")
            stage.committed("g", "t")
        },
        BrokerScript("who has left the group commits nothing") { stage in
            stage.joinAlone("m", "g", "t")
            stage.keepMetadata("gone", of: "m")
            stage.leave("m")
            stage.join("n", "g", "t")
            stage.settle([("n", 1)])
            stage.open("p")
            stage.sendOffset("p", of: "n", "t", 5, kept: "gone")
            stage.abort("p")
            stage.committed("g", "t")
        },
    ]
}
