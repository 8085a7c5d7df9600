import ConveyProtocol
import Crypto
import Daemon
import HTTP
import Settings
import Time

/// `enroll URL TOKEN`: makes the collector's key here, proves the token, and pins the aggregator.
struct EnrollCommand {
    private let place: CollectorPlace

    init(_ place: CollectorPlace) { self.place = place }

    /// - Parameter authorityFile: PEM of the only authority to trust for TLS; nil trusts the machine's.
    func run(url: String, token: String, authorityFile: String?) async -> Int32 {
        guard let origin = Origin(url) else {
            Terminal.complain(
                "\(url) is no URL of an aggregator, as https://aggregator.example:8443.")
            return 64
        }
        guard let token = EnrolmentToken(token) else {
            Terminal.complain(
                "This is no token: convey-aggregator prints it when it adds a collector.")
            return 64
        }
        do {
            let authority = try authorityFile.map {
                String(decoding: try BoundedFile.read($0, bytesMax: 1_048_576), as: UTF8.self)
            }
            try BoundedFile.makeDirectory(place.directory)
            let identity = try await enrol(token, at: origin, authority)
            Terminal.tell("Enrolled as \(identity.collector) at \(identity.aggregator.url).")
            await place.tellDaemon()
            return 0
        } catch let fault as any Fault {
            Terminal.complain(fault.sentence)
        } catch {
            Terminal.complain("Could not enrol: \(type(of: error)).")
        }
        return 1
    }

    private func enrol(
        _ token: EnrolmentToken, at origin: Origin, _ authority: String?
    ) async throws -> EdgeIdentity {
        let client = Client(
            Client.Settings(
                trust: authority.map { .authority(pem: $0) } ?? .system, totalTimeout: .seconds(30))
        )
        let enrolment = Enrolment(
            token: token, at: origin, authority: authority, shipper: collectorShipper)
        return try await enrolment.run(
            in: IdentityPlace(directory: place.directory), over: client, clock: SystemClock(),
            random: RandomBytes())
    }
}
