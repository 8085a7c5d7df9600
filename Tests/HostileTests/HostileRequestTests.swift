import ConveyProtocol
import Crypto
import Foundation
import HTTP
import Settings
import Stage
import TestSupport
import Testing
import Time
import Troupe
import Zstd

/// Goal: whatever a stranger, a thief or a broken collector sends, the answer is the one of
/// protocol/SPEC.md, section 7, signed; nothing of it is stored, written into the log, or paid for
/// with memory.
///
/// Method: the real aggregator over TLS, and a forger who holds a collector's key.
@Suite(.inTurn, .timeLimit(.minutes(10))) struct HostileRequestTests {
    private struct Attack {
        let name: String
        let kind: ProtocolProblem.Kind
        let request: ClientRequest

        init(_ name: String, _ kind: ProtocolProblem.Kind, _ request: ClientRequest) {
            (self.name, self.kind, self.request) = (name, kind, request)
        }
    }

    /// How far the aggregator's memory may rise above what it had when it was ready.
    private static let growthMaxKiB = 96 * 1024

    @Test(arguments: Backend.ofPrograms)
    func everyHostileRequestGetsItsProblemAndNothingElse(_ backend: Backend) async throws {
        try await Scene.run(on: backend) { scene in
            let merchant = try await Merchant.open("First", stores: ["lamps"], on: scene.stage)
            let forger = try Forger(merchant)
            var lane = ForgedLane(forger.identity.collector)
            let site = merchant.shops[0].siteID
            let sound = try lane.seal((1...20).map { ForgedLane.event("sound-\($0)", site: site) })
            #expect(try await forger.receipt(for: sound).accepted == 20)
            let before = try scene.memory("VmRSS")

            var attacks = Self.signatureAttacks(forger, sound)
            attacks += try Self.contentAttacks(forger, sound)
            attacks += try Self.bombs(forger, sound)
            attacks.append(
                Attack(
                    "gzip bomb", .tooLarge,
                    forger.signed(
                        try await Frames.gzipBomb(on: scene.stage), .init(coding: "gzip"))))
            for _ in 0..<2 {
                for attack in attacks {
                    try await forger.expectProblem(attack.kind, for: attack.request, attack.name)
                }
            }

            // What no collector may send is cut off before anybody looks at its signature. Who pours on
            // regardless may see the connection end before the answer is read.
            let flood = [UInt8](repeating: 0x20, count: 8 << 20)
            do {
                #expect(try await forger.client.send(forger.signed(flood)).status == 413)
            } catch let fault as HTTPFault {
                #expect(fault.reason == .reset)
            }

            #expect(try scene.memory("VmHWM") - before < Self.growthMaxKiB)
            #expect(try await scene.events(of: "First").count == 20)
            let again = try await forger.receipt(for: sound)
            #expect(again.accepted == 20 && again.replayed == 20)
            #expect(again.totals.accepted == 20 && again.position.expectedSeq == 21)
            try Self.expectNoPayload(in: scene)
        }
    }

    private static func expectNoPayload(in scene: Scene) throws {
        let logs = try scene.logs()
        #expect(logs["aggregator.log"]?.contains("A batch was refused.") == true)
        for (name, log) in logs {
            for text in [ForgedLane.payload, "hostile", "sound-"] {
                #expect(!log.contains(text), "\(name) holds \(text)")
            }
        }
    }

    // MARK: Attacks

    private static func signatureAttacks(_ forger: Forger, _ sound: SealedBatch) -> [Attack] {
        let body = sound.body
        let stranger = SigningKey(from: RandomBytes())
        let day = Duration.seconds(86_400)
        var altered = body
        altered[body.count / 2] ^= 1

        var damaged = forger.signed(body, .init(key: stranger))
        let own = forger.identity.key.verifyingKey.fingerprint
        damaged.headers.set(
            "Signature-Input",
            (damaged.headers["Signature-Input"] ?? "").replacingOccurrences(
                of: stranger.verifyingKey.fingerprint, with: own))
        var swapped = forger.signed(body)
        swapped.body = altered
        var redigested = swapped
        redigested.headers.set("Content-Digest", ContentDigest.field(for: altered))
        var queried = forger.signed(body)
        queried.target += "?hostile=1"
        var recoded = forger.signed(body, .init(coding: nil))
        recoded.headers.add("Content-Encoding", "zstd")
        var undigested = forger.signed(body)
        undigested.headers.remove("Content-Digest")
        var halved = forger.signed(body)
        halved.headers.remove("Signature")
        var garbled = forger.signed(body)
        garbled.headers.set("Signature-Input", "convey=(((hostile")

        return [
            Attack("unsigned", .signatureMissing, forger.unsigned(body)),
            Attack("signature without its input", .signatureMissing, halved),
            Attack("signature by another key", .signatureInvalid, damaged),
            Attack("altered body", .digestMismatch, swapped),
            Attack("altered body, new digest", .signatureInvalid, redigested),
            Attack("unknown key", .keyUnknown, forger.signed(body, .init(key: stranger))),
            Attack("query not covered", .signatureCoverage, queried),
            Attack("coding not covered", .signatureCoverage, recoded),
            Attack("no digest", .signatureCoverage, undigested),
            Attack("broken fields", .signatureCoverage, garbled),
            Attack("another tag", .signatureCoverage, forger.signed(body, .init(tag: "convey-2"))),
            Attack(
                "a day late", .signatureTime, forger.signed(body, .init(clockError: .zero - day))),
            Attack("a day early", .signatureTime, forger.signed(body, .init(clockError: day))),
            Attack(
                "another authority", .authorityUnknown,
                forger.signed(body, .init(origin: otherName(of: forger.identity.aggregator)))),
        ]
    }

    /// A name that the certificate has, too, and that is no name of this aggregator.
    private static func otherName(of origin: Origin) -> Origin? {
        Origin(origin.url.replacingOccurrences(of: "localhost", with: "127.0.0.1"))
    }

    private static func contentAttacks(
        _ forger: Forger, _ sound: SealedBatch
    ) throws -> [Attack] {
        let other = CollectorID(at: SystemClock().now(), random: RandomBytes())
        var foreign = ForgedLane(other)
        var ahead = ForgedLane(forger.identity.collector, epoch: sound.header.epoch)
        ahead.go(to: 100)
        var fork = ForgedLane(forger.identity.collector, epoch: sound.header.epoch)
        let event = ForgedLane.event("hostile-1", site: other.description)
        let plain = try text(of: sound)
        func raw(_ text: String) -> ClientRequest {
            forger.signed(Array(text.utf8), .init(coding: nil))
        }
        return [
            Attack(
                "another collector", .collectorMismatch,
                forger.signed(try foreign.seal([event]).body)),
            Attack("numbers ahead", .ledgerBehind, forger.signed(try ahead.seal([event]).body)),
            Attack("another past", .ledgerFork, forger.signed(try fork.seal([event]).body)),
            Attack(
                "unknown schema", .schema,
                raw(plain.replacingOccurrences(of: "\"schema\":1,", with: "\"schema\":2,"))),
            Attack("no line end", .framing, raw(String(plain.dropLast()))),
            Attack("a line too few", .framing, raw(lines(plain).dropLast().joined() + "")),
            Attack(
                "lines out of order", .framing,
                raw(
                    lines(plain).enumerated()
                        .sorted { ($0.0 == 0 ? 99 : $0.0) > ($1.0 == 0 ? 99 : $1.0) }.map(\.1)
                        .joined())),
            Attack("no batch at all", .framing, raw("{\"hostile\":\"\(ForgedLane.payload)\"}\n")),
            Attack("deep header", .framing, raw(String(repeating: "[", count: 60_000) + "\n")),
            Attack(
                "media type", .mediaType,
                forger.signed(sound.body, .init(mediaType: "text/hostile"))),
            Attack("coding", .encoding, forger.signed(sound.body, .init(coding: "br"))),
            Attack(
                "two codings", .encoding, forger.signed(sound.body, .init(coding: "gzip, zstd"))),
        ]
    }

    private static func bombs(_ forger: Forger, _ sound: SealedBatch) throws -> [Attack] {
        let site = forger.identity.collector.description
        var crowd = ForgedLane(forger.identity.collector)
        let events = (1...5001).map { ForgedLane.event("hostile-\($0)", site: site) }
        var compressor = Compressor()
        let limits = BatchLimits(eventsMax: 6000, bytesMax: 8 << 20)
        return [
            Attack(
                "a byte too much", .tooLarge,
                forger.signed([UInt8](repeating: 0x20, count: 4_194_305), .init(coding: nil))),
            Attack(
                "as much as is allowed, which does not compress", .framing,
                forger.signed(try compressor.compress(RandomBytes().bytes(4_194_304)))),
            Attack("10 GB of zstd", .tooLarge, forger.signed(Frames.zeros(bytes: 10 << 30))),
            Attack(
                "a window of 128 MiB", .encoding,
                forger.signed(Frames.zeros(bytes: 1 << 20, windowLog: 27))),
            Attack("cut frame", .framing, forger.signed(Array(sound.body.dropLast(7)))),
            Attack("no frame", .framing, forger.signed(Array("hostile bytes".utf8))),
            Attack(
                "no gzip", .framing,
                forger.signed(Array("hostile bytes".utf8), .init(coding: "gzip"))),
            Attack(
                "too many events", .tooLarge,
                forger.signed(try crowd.seal(events, limits: limits).body)),
        ]
    }

    private static func text(of batch: SealedBatch) throws -> String {
        var decompressor = Decompressor()
        let bytes = try decompressor.decompress(batch.body, bytesMax: 4 << 20)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { "\($0)\n" }
    }
}
