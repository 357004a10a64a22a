import Foundation
import Testing

@testable import MillraceWeb

/// `deploy/grafana`: what can be held against the code. `deploy/acceptance board` runs its queries on a Prometheus.
@Suite struct BoardTests {
    private struct Board: Decodable {
        struct Panel: Decodable {
            struct Place: Decodable { var x, y, w, h: Int }
            struct Target: Decodable { var refId, expr: String }
            var id: Int
            var type, title: String
            var description: String?
            var gridPos: Place
            var targets: [Target]?
        }
        var panels: [Panel]
    }

    private let panels: [Board.Panel]

    init() throws {
        let file = AlertRulesTests.repository.appending(path: "deploy/grafana/millrace.json")
        panels = try JSONDecoder().decode(Board.self, from: try Data(contentsOf: file)).panels
    }

    @Test func everyMetricOfTheBoardIsServed() {
        let uses = panels.flatMap { $0.targets ?? [] }.flatMap { MetricUse.all(in: $0.expr) }
        #expect(uses.count > 50)
        #expect(Set(uses.compactMap(\.trouble)) == [])
        // Or a board of two pipelines would add them up.
        #expect(uses.filter { !$0.labels.isSuperset(of: ["job", "pipeline"]) } == [])
    }

    @Test func everyPanelSaysWhatItShowsAndHasAPlaceOfItsOwn() {
        #expect(Set(panels.map(\.id)).count == panels.count)
        var taken: Set<[Int]> = []
        for panel in panels {
            #expect(panel.type == "row" || panel.description?.hasSuffix(".") == true, "\(panel.title)")
            #expect(panel.type == "row" || panel.targets?.isEmpty == false, "\(panel.title)")
            let targets = panel.targets ?? []
            #expect(Set(targets.map(\.refId)).count == targets.count, "\(panel.title)")
            let place = panel.gridPos
            #expect(place.x + place.w <= 24, "\(panel.title)")
            for x in place.x..<place.x + place.w {
                for y in place.y..<place.y + place.h {
                    #expect(taken.insert([x, y]).inserted, "\(panel.title) lies on another")
                }
            }
        }
    }
}
