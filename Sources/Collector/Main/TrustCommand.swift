import Daemon
import HTTP
import Settings

/// `trust FINGERPRINT`: pins another key of the aggregator, and keeps everything else.
struct TrustCommand {
    private let place: CollectorPlace

    init(_ place: CollectorPlace) { self.place = place }

    /// - Parameter authorityFile: PEM of another authority to trust for TLS; nil keeps the one there is.
    func run(fingerprint: String, authorityFile: String?) async -> Int32 {
        do {
            let authority = try authorityFile.map {
                String(decoding: try BoundedFile.read($0, bytesMax: 1_048_576), as: UTF8.self)
            }
            guard let repinning = Repinning(fingerprint: fingerprint, authority: authority) else {
                Terminal.complain(
                    "This is no fingerprint: convey-aggregator signing-key show prints it.")
                return 64
            }
            let identities = IdentityPlace(directory: place.directory)
            let identity = try repinning.identity(in: identities)
            var settings = identity.clientSettings
            settings.totalTimeout = .seconds(30)
            try await repinning.run(identity, in: identities, over: Client(settings))
            Terminal.tell("Answers of \(identity.aggregator.url) signed with this key count now.")
            await place.tellDaemon()
            return 0
        } catch let fault as any Fault {
            Terminal.complain(fault.sentence)
        } catch {
            Terminal.complain("Could not pin the key: \(type(of: error)).")
        }
        return 1
    }
}
