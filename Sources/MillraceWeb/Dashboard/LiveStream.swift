import Foundation
import HTTPServer
import Millrace

/// Sends the first page's parts as they change, and a sign of life when nothing does.
struct LiveStream {
    var overview: Overview
    var source: any PipelineSource

    /// - Parameter shown: the tags of the parts that the page came with.
    func run(_ stream: ResponseStream, shown: Set<String>) async {
        var sent: [String: String] = [:]
        var silence = 0
        while true {
            var text = ""
            if let snapshot = source.snapshot {
                for part in overview.parts(snapshot) where sent[part.id] != part.tag {
                    if sent.updateValue(part.tag, forKey: part.id) == nil, shown.contains(part.tag) { continue }
                    text += "event: part\ndata: \(Self.json(["id": part.id, "tag": part.tag, "html": part.html]))\n\n"
                }
            }
            silence = text.isEmpty ? silence + 1 : 0
            if silence == 10 {
                text = ": still here\n\n"
                silence = 0
            }
            if text.isEmpty {
                guard stream.isOpen else { return }
            } else {
                guard stream.send(text) else { return }
            }
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }

    private static func json(_ value: [String: String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
