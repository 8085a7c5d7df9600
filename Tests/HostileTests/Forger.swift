import ConveyProtocol
import Crypto
import HTTP
import Settings
import Stage
import Testing
import Time

/// Speaks to the aggregator in the place of an enrolled collector that never ran: it holds the
/// collector's key and can do everything that its holder can, and anything wrong besides.
struct Forger: Sendable {
    let identity: EdgeIdentity
    let client: Client
    private let profile = MessageSignatureProfile(
        label: SignatureRule.label, tag: SignatureRule.tag)

    /// Takes the identity that an enrolment left in the collector's data directory.
    init(_ merchant: Merchant) throws {
        identity = try #require(try IdentityPlace(directory: merchant.dataDirectory).read())
        var settings = identity.clientSettings
        settings.totalTimeout = .seconds(20)
        client = Client(settings, name: "forger")
    }

    // MARK: Requests

    /// How a request differs from a sound one before it is signed.
    struct Manner {
        var origin: Origin?
        var target = "/v1/batches"
        var coding: String? = "zstd"
        var mediaType = SealedBatch.mediaType
        var key: SigningKey?
        /// How far the signer's clock is off.
        var clockError = Duration.zero
        var tag = SignatureRule.tag
    }

    /// A request with a body that is as its signature says.
    func signed(_ body: [UInt8], _ manner: Manner = Manner()) -> ClientRequest {
        var request = unsigned(body, manner)
        MessageSignatureProfile(label: SignatureRule.label, tag: manner.tag).sign(
            &request.headers, of: request.signable, with: manner.key ?? identity.key,
            at: SystemClock().now() + manner.clockError)
        return request
    }

    /// A request with a body and its digest only.
    func unsigned(_ body: [UInt8], _ manner: Manner = Manner()) -> ClientRequest {
        var headers: Headers = ["Content-Type": manner.mediaType]
        if let coding = manner.coding { headers.add("Content-Encoding", coding) }
        headers.add("Content-Digest", ContentDigest.field(for: body))
        return ClientRequest(
            .post, manner.origin ?? identity.aggregator, manner.target, headers: headers,
            body: body)
    }

    /// The settings that the aggregator gives to this collector.
    /// - Parameter origin: which one is asked; nil for the one that it enrolled with.
    func settingsRequest(to origin: Origin? = nil) -> ClientRequest {
        var request = ClientRequest(.get, origin ?? identity.aggregator, SiteSettings.path)
        profile.sign(
            &request.headers, of: request.signable, with: identity.key, at: SystemClock().now())
        return request
    }

    // MARK: Answers

    /// The aggregator's answer; that it signed it, as an answer to this very request, is expected.
    func answer(to request: ClientRequest, _ name: String = "") async throws -> Response {
        let response = try await client.send(request)
        #expect(throws: Never.self, "\(name): the answer \(response.status) is not signed") {
            try profile.verify(response, to: request.signable, with: identity.pinned)
        }
        return response
    }

    /// Sends what must be stored.
    @discardableResult
    func receipt(for batch: SealedBatch) async throws -> Receipt {
        let response = try await answer(to: signed(batch.body))
        try #require(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
        return try Receipt(json: response.body)
    }

    /// Sends what must be refused.
    @discardableResult
    func expectProblem(
        _ kind: ProtocolProblem.Kind, for request: ClientRequest, _ name: String
    ) async throws -> ProblemBody {
        let response = try await answer(to: request, name)
        #expect(response.status == kind.status, "\(name)")
        #expect(response.headers["Content-Type"] == "application/problem+json", "\(name)")
        let body = try ProblemBody(json: response.body, status: response.status)
        #expect(body.problem?.kind == kind, "\(name)")
        #expect(abs((body.time - SystemClock().now()).components.seconds) < 5, "\(name)")
        return body
    }
}

/// A lane of the forger's own: numbers events, keeps the chain, seals batches.
struct ForgedLane {
    let collector: CollectorID
    let epoch: EpochID
    var lane = Lane.pageview
    var parent: BatchHeader.Parent?
    private(set) var nextSeq: Int64 = 1
    private(set) var chain: SHA256Digest

    init(_ collector: CollectorID, epoch: EpochID? = nil) {
        self.collector = collector
        self.epoch = epoch ?? EpochID(at: SystemClock().now(), random: RandomBytes())
        chain = Chain.start(of: self.epoch)
    }

    /// Goes on elsewhere than it should.
    mutating func go(to seq: Int64) { nextSeq = seq }

    /// Seals the next batch; the lane goes on behind it.
    mutating func seal(
        _ events: [String], limits: BatchLimits = .standard
    ) throws -> SealedBatch {
        var writer = BatchWriter(lane: lane, firstSeq: nextSeq, chain: chain, limits: limits)
        for event in events {
            let isIn = writer.add(event: Array(event.utf8).span)
            #expect(isIn)
        }
        nextSeq = writer.expectedSeq
        chain = writer.chainValue
        var standing = BatchHeader.Standing(sentAt: SystemClock().now(), shipper: "forger/1")
        standing.assigned[lane] = nextSeq - 1
        return try writer.seal(
            collector: collector, epoch: epoch, parent: parent, standing: standing)
    }

    /// An event as a collector writes it.
    static func event(_ id: String, site: String, type: String = "page_view") -> String {
        let time = SystemClock().now().description
        return """
            {"id":"\(id)","type":"\(type)","site":"\(site)","source":"browser",\
            "class":"site_key","occurred_at":"\(time)","received_at":"\(time)",\
            "clock_offset_ms":0,"data":{"note":"\(payload)"}}
            """
    }

    /// Stands in every body, and must stand in no log.
    static let payload = "somebody@hostile.example"
}
