import ConveyProtocol
import Store
import Tenancy
import Time

/// What a platform said to an upload that it was only to check.
package struct DestinationCheck: Codable, Equatable, Sendable {
    /// Whether credential, account and action work.
    package let isGood: Bool
    /// The platform's code, or ours; nil where all is well.
    package let code: String?
    /// What it means.
    package let words: String?
    /// What to do.
    package let remedy: String?

    private enum CodingKeys: String, CodingKey {
        case isGood = "is_good"
        case code, words, remedy
    }

    /// Asks a destination's platform to check one upload, and to store nothing: the newest that the
    /// queue made, else an invented one. Waits for the platform; changes nothing here.
    /// - Throws: `DestinationRefusal.noCredential`, or what reading the credential throws.
    package static func run(
        _ destination: Destination, with tools: UploadTools
    ) async throws -> DestinationCheck {
        let (now, sealing) = (tools.clock.now(), tools.sealing)
        let found = try await tools.store.read { transaction in
            let tenant = TenantTransaction(transaction, organization: destination.organization)
            let content = try tenant.first(
                newest, .integer(destination.number), make: { $0.text(0) })
            return (
                secret: try DestinationSecrets(tenant, sealing).secret(of: destination.number),
                content: try content.map { try JSONText.decode(UploadContent.self, $0) }
            )
        }
        guard let secret = found.secret else { throw DestinationRefusal.noCredential }
        let platform = try tools.platform(destination, secret)
        let upload = found.content?.upload ?? invented(at: now)
        let answer = await platform.ingest(
            PlatformBatch(to: destination.address.platform, [upload], validateOnly: true))
        return DestinationCheck(answer, tools.verdicts)
    }

    private init(_ answer: IngestAnswer, _ verdicts: VerdictTable) {
        code =
            switch answer {
            case .accepted: nil
            case .refused(let refusal): refusal.codesByUpload[0] ?? refusal.code
            case .trouble(let trouble): trouble.code
            }
        isGood = code == nil
        let told = CodeWords(nil, code, verdicts)
        (words, remedy) = (told.words, told.remedy)
    }

    /// An order of a day ago with a click id that nobody has.
    private static func invented(at now: Timestamp) -> PlatformUpload {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency.") }
        var upload = PlatformUpload(
            "convey-check", at: now - .seconds(86_400), value: Money(micros: 0, currency: euro))
        upload.click = PlatformClick(.gclid, "convey-check-0000000000000000")
        return upload
    }

    private static let newest = TenantSQL(
        """
        SELECT content FROM upload
        WHERE organization = $1 AND destination = $2 AND content IS NOT NULL
        ORDER BY number DESC LIMIT 1
        """)
}
