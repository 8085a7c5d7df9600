import Foundation
import Testing

@testable import Destinations

/// Goal: every code leads to something to do, and the file that operators may alter is what is built
/// in. Method: the project's own file; with CONVEY_WRITE_COPIES set it is written anew.
@Suite struct VerdictTests {
    static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "aggregator/verdicts/google.json")

    private let platform = GoogleVerdicts.platform

    private func read(_ text: String) throws -> VerdictTable {
        try VerdictFile.read(Array(text.utf8), platform: platform, over: GoogleVerdicts.table)
    }

    @Test func theFileIsWhatIsBuiltIn() throws {
        let made = VerdictFile.write(GoogleVerdicts.table, platform: platform)
        if ProcessInfo.processInfo.environment["CONVEY_WRITE_COPIES"] != nil {
            try FileManager.default.createDirectory(
                at: Self.file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(made).write(to: Self.file)
        }
        #expect(try [UInt8](Data(contentsOf: Self.file)) == made)
        let empty = VerdictTable([])
        let table = try VerdictFile.read(made, platform: platform, over: empty)
        #expect(table.all == GoogleVerdicts.table.all)
    }

    @Test func noCodeIsThereTwice() {
        #expect(GoogleVerdicts.all.count == GoogleVerdicts.table.all.count)
    }

    @Test func whatAPersonMustMendSaysHow() {
        for verdict in GoogleVerdicts.all {
            #expect(verdict.words.hasSuffix("."), "\(verdict.code)")
            #expect(verdict.fix.isEmpty || verdict.fix.hasSuffix("."), "\(verdict.code)")
            if verdict.kind == .fixConfiguration {
                #expect(!verdict.fix.isEmpty, "\(verdict.code)")
            }
            #expect((verdict.kind == .holdUntil) == (verdict.holdFor != nil), "\(verdict.code)")
        }
    }

    @Test(arguments: [
        ("PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID", Verdict.Class.alreadyThere),
        ("PROCESSING_ERROR_REASON_TOO_RECENT_CLICK", .holdUntil),
        ("PROCESSING_ERROR_REASON_INVALID_GCLID", .giveUp),
        ("CONVERSION_ACTION_TOO_RECENTLY_CREATED", .holdUntil), ("RESOURCE_EXHAUSTED", .retry),
        ("INVALID_CONVERSION_ACTION_ID", .fixConfiguration),
        ("OAUTH_INVALID_GRANT", .fixConfiguration),
        ("CONNECTION_RESET", .retry), ("TOO_MANY_EVENTS", .retry),
        ("INVALID_HEX_ENCODING", .giveUp),
    ])
    func knowsWhatToDo(code: String, kind: Verdict.Class) {
        #expect(GoogleVerdicts.table.verdict(of: code).kind == kind)
        #expect(GoogleVerdicts.table.verdict(of: code).isKnown)
    }

    @Test func anUnknownCodeIsTriedAgainAndSaysSo() {
        let verdict = GoogleVerdicts.table.verdict(of: "SOMETHING_NEW")
        #expect(verdict.kind == .retry && !verdict.isKnown && !verdict.fix.isEmpty)
    }

    @Test func aFileReplacesSingleCodes() throws {
        let table = try read(
            """
            {"platform":"google_data_manager","verdicts":[
            {"code":"SOMETHING_NEW","class":"hold_until","words":"New.","fix":"","hold_s":60},
            {"code":"INTERNAL_ERROR","class":"give_up","words":"Never.","fix":"No."}]}
            """)
        #expect(table.verdict(of: "SOMETHING_NEW").holdFor == .seconds(60))
        #expect(table.verdict(of: "INTERNAL_ERROR").kind == .giveUp)
        #expect(table.verdict(of: "RESOURCE_EXHAUSTED").kind == .retry)
    }

    @Test(arguments: [
        ("[]", VerdictFileRefusal.malformed), ("", .malformed),
        (#"{"platform":"meta","verdicts":[]}"#, .otherPlatform),
        (#"{"platform":"google_data_manager","verdicts":[{"code":"A"}]}"#, .wrongEntry(index: 0)),
        (
            #"{"platform":"google_data_manager","verdicts":[{"code":"A","class":"retry","words":"x","hold_s":1}]}"#,
            .wrongEntry(index: 0)
        ),
        (
            #"{"platform":"google_data_manager","verdicts":[{"code":"a b","class":"retry","words":"x"}]}"#,
            .wrongEntry(index: 0)
        ),
        (
            #"{"platform":"google_data_manager","verdicts":[{"code":"A","class":"retry","words":"x","why":1}]}"#,
            .wrongEntry(index: 0)
        ),
    ])
    func refusesWrongFiles(text: String, refusal: VerdictFileRefusal) {
        #expect(throws: refusal) { try read(text) }
    }
}
