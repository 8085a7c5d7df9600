import Foundation
import Testing

@testable import ConveyProtocol

/// Goal: the text that third parties read says what the code does. Method: the specification's tables
/// and examples, read as text.
@Suite struct SpecificationTests {
    private static func text(_ name: String) throws -> String {
        try String(
            contentsOf: VectorFolder.root.appending(path: "protocol/\(name)"), encoding: .utf8)
    }

    @Test func namesEveryProblemWithItsStatus() throws {
        let rows = try Self.text("SPEC.md").split(separator: "\n")
        for kind in ProtocolProblem.Kind.allCases {
            let row = "| \(kind.status) | `\(kind.rawValue)` |"
            #expect(rows.contains { $0.hasPrefix(row) }, "\(row)")
        }
    }

    @Test func namesEveryCode() throws {
        let text = try Self.text("SPEC.md")
        for code in EventFault.Code.allCases where code != .unknown {
            #expect(text.contains("`\(code.rawValue)`"))
        }
        for fault in ProtocolProblem.FramingFault.allCases {
            #expect(text.contains("`\(fault.rawValue)`"))
        }
    }

    @Test func namesEveryMemberOfAnEvent() throws {
        let text = try Self.text("event.md")
        let objects = [
            EventSchema.user, EventSchema.page, EventSchema.client, EventSchema.click,
            EventSchema.utm, EventSchema.consent, EventSchema.order, EventSchema.value,
            EventSchema.item,
        ]
        let names =
            EventSchema.Member.allCases.map(\.name) + objects.flatMap { $0.fields.map(\.name) }
        for name in names { #expect(text.contains("`\(name)`"), "\(name)") }
        for flag in EventContext.Flag.allCases { #expect(text.contains("`\(flag.rawValue)`")) }
        for name in URLScrubber.builtIn { #expect(text.contains("`\(name)`"), "\(name)") }
    }

    @Test func namesEveryMemberOfASite() throws {
        let text = try Self.text("SPEC.md")
        let settings = String(
            decoding: SiteSettingsTests.settings().sites[0].json(), as: UTF8.self)
        for match in settings.matches(of: /"([a-z_]+)":/)
        where !["links", "quiz_done"].contains(match.1) {
            #expect(text.contains(match.1), "\(match.1)")
        }
        for feature in SiteSettings.Feature.allCases {
            #expect(text.contains("`\(feature.rawValue)`"))
        }
    }

    @Test func showsTheChainAsItIs() throws {
        let text = try Self.text("SPEC.md")
        let chain = try vectorValue([ChainVector].self, "valid/chains.json")[0]
        #expect(text.contains(chain.start))
        for step in chain.steps.prefix(2) {
            #expect(text.contains(step.text) && text.contains(step.digest))
            #expect(text.contains(step.chain))
        }
    }
}
