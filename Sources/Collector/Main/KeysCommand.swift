import ConveyProtocol
import Crypto
import Daemon
import HTTP
import JSON
import Settings
import Time

/// `keys show|rotate`: the collector's own key, by its fingerprint.
struct KeysCommand {
    private let place: CollectorPlace
    private var identities: IdentityPlace { IdentityPlace(directory: place.directory) }

    init(_ place: CollectorPlace) { self.place = place }

    /// Looks at the files, running or not.
    func show(wantsJSON: Bool) -> Int32 {
        do {
            guard let identity = try identities.read() else { throw TrustFault.notEnrolled }
            let rows: [(name: StaticString, value: String?)] = [
                ("collector", identity.collector.description),
                ("key", identity.key.verifyingKey.fingerprint),
                ("former_key", identity.formerKey?.verifyingKey.fingerprint),
                ("is_changing", identities.hasDraft ? "yes" : "no"),
                ("aggregator", identity.aggregator.url),
                ("aggregator_key", identity.pinned.fingerprint),
            ]
            Terminal.tell(wantsJSON ? Self.json(rows) : Self.text(rows))
            return 0
        } catch {
            return complain(error)
        }
    }

    /// Asks the running collector; where none runs, changes the key itself under its lock.
    func rotate() async -> Int32 {
        guard let origin = Origin("http://collector") else { return 70 }
        do throws(HTTPFault) {
            let response = try await place.client(totalTimeout: .seconds(90)).send(
                ClientRequest(.post, origin, AdminRoutes.rotatePath))
            let text = String(decoding: response.body, as: UTF8.self)
            guard response.status == 200 else {
                Terminal.complain(text)
                return response.status == 503 ? 69 : 1
            }
            Terminal.tell(text)
            return 0
        } catch {
            guard error.reason == .socketMissing || error.reason == .refused else {
                Terminal.complain(error.sentence)
                return 69
            }
        }
        return await rotateHere()
    }

    private func rotateHere() async -> Int32 {
        do {
            let lock = try FileLock(place.lock)
            guard let identity = try identities.read() else { throw TrustFault.notEnrolled }
            let log = Log(level: .error, format: .text)
            let changed = try await KeyRotation(of: identity, in: identities).run(
                over: identity.exchanges(in: identities, log: log), at: SystemClock().now(),
                random: RandomBytes())
            Terminal.tell(Self.done(changed.key.verifyingKey))
            _ = consume lock
            return 0
        } catch {
            return complain(error)
        }
    }

    /// Also what the running collector answers.
    static func done(_ key: VerifyingKey) -> String {
        "This collector signs with a new key from now on: \(key.fingerprint)"
    }

    private func complain(_ error: any Error) -> Int32 {
        guard let fault = error as? any Fault else {
            Terminal.complain("The key could not be read or changed: \(type(of: error)).")
            return 1
        }
        Terminal.complain(fault.sentence)
        return fault.canRetry ? 69 : 1
    }

    private static func text(_ rows: [(name: StaticString, value: String?)]) -> String {
        rows.compactMap { row in row.value.map { "\(row.name): \($0)" } }.joined(separator: "\n")
    }

    private static func json(_ rows: [(name: StaticString, value: String?)]) -> String {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            for row in rows { writer.member(row.name, row.value) }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension EdgeIdentity {
    /// Exchanges with the aggregator under whichever key, for the change from one to another.
    func exchanges(in place: IdentityPlace, log: Log) -> (SigningKey) -> SignedExchange {
        var settings = clientSettings
        settings.totalTimeout = .seconds(30)
        let client = Client(settings, name: "keys")
        let trust = AggregatorTrust(of: self, in: place, over: client, log: log)
        return { key in exchange(over: client, trusting: trust, as: key) }
    }
}
