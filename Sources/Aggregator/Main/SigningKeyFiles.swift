import ConveyProtocol
import Crypto
import Daemon
import Gate
import Time

/// The aggregator's signing key on the disk, and the statements that lead to it. Public statements and
/// secret key lie side by side: whoever restores one needs the other.
///
/// A rotation writes in this order, and can be cut off behind each write: the new key as a draft; the
/// statement of it; the draft in the old key's place. Behind the second the new key is the
/// aggregator's for ever, and `open` does the third.
struct SigningKeyFiles {
    private static let statementsBytesMax = 1_048_576
    private let place: AggregatorPlace

    init(_ place: AggregatorPlace) { self.place = place }

    /// The key in force, after what was cut off has been finished; a new installation gets its first.
    func open(random: some RandomSource) throws -> AggregatorKeyring {
        let history = try readHistory()
        try finish(history)
        if !BoundedFile.exists(place.signingKey), history.current == nil {
            try KeyFile.write(SigningKey(from: random), to: place.signingKey)
        }
        let key = try KeyFile.read(place.signingKey)
        guard history.current == nil || history.current == key.verifyingKey else {
            throw SigningKeyFault(place: place)
        }
        return AggregatorKeyring(key, history: history)
    }

    /// Makes a new key, states it under the one in force, and puts it in force.
    func rotate(
        _ keyring: AggregatorKeyring, at now: Timestamp, random: some RandomSource
    ) throws -> KeyStatement {
        if !BoundedFile.exists(place.nextSigningKey) {
            try KeyFile.write(SigningKey(from: random), to: place.nextSigningKey)
        }
        let next = try KeyFile.read(place.nextSigningKey)
        let statement = KeyStatement(next.verifyingKey, follows: keyring.key, at: now)
        guard let history = keyring.keys.history.adding(statement) else {
            throw SigningKeyFault(place: place)
        }
        try BoundedFile.replace(place.keyStatements, with: history.json, mode: 0o644)
        keyring.use(next, history: history)
        try finish(history)
        return statement
    }

    /// Puts the draft in the old key's place, where a statement names it.
    private func finish(_ history: KeyHistory) throws {
        guard BoundedFile.exists(place.nextSigningKey), let current = history.current,
            try KeyFile.read(place.nextSigningKey).verifyingKey == current
        else { return }
        try KeyFile.replace(place.signingKey, with: place.nextSigningKey)
    }

    private func readHistory() throws -> KeyHistory {
        guard BoundedFile.exists(place.keyStatements) else { return KeyHistory() }
        let text = try BoundedFile.read(place.keyStatements, bytesMax: Self.statementsBytesMax)
        do throws(AnswerRefusal) {
            return try KeyHistory(json: text)
        } catch {
            throw SigningKeyFault(place: place)
        }
    }
}

/// Key and statements do not belong together: one of the files is of another time or installation.
struct SigningKeyFault: Fault {
    let place: AggregatorPlace

    var operation: String { "read the signing key" }
    var cause: String { "\(place.keyStatements) does not lead to the key in \(place.signingKey)" }
    var remedy: String {
        "Restore both from the same backup. Where the newest key is lost, move the statements aside: each "
            + "collector must then be told to trust this one."
    }
    var canRetry: Bool { false }
}
