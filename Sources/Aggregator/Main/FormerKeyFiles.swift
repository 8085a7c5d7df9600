import ConveyProtocol
import Crypto
import Daemon
import Sites

/// The files in which an older program kept the signing key: they are taken over once, when a database
/// has none.
///
/// A rotation wrote them in this order, and could be cut off behind each write: the new key as a draft;
/// the statement of it; the draft in the old key's place. Behind the second the new key was the
/// aggregator's for ever.
struct FormerKeyFiles {
    private static let statementsBytesMax = 1_048_576
    private let place: AggregatorPlace

    init(_ place: AggregatorPlace) { self.place = place }

    /// The key that they hold; a new one where there are none.
    func standing(random: some RandomSource) throws -> SigningKeyTable.Standing {
        let history = try readHistory()
        if let draft = try draft(of: history) { return SigningKeyTable.Standing(draft, history) }
        if !BoundedFile.exists(place.signingKey), history.current == nil {
            return SigningKeyTable.Standing(SigningKey(from: random), history)
        }
        let key = try KeyFile.read(place.signingKey)
        guard history.current == nil || history.current == key.verifyingKey else {
            throw KeyFilesFault(place: place)
        }
        return SigningKeyTable.Standing(key, history)
    }

    /// Removes them once the key that they hold no longer signs. While it does they stay: whoever has to
    /// go back to an older backup of the database needs them.
    func remove(unlessOf standing: SigningKeyTable.Standing) throws {
        guard BoundedFile.exists(place.signingKey) else { return }
        let held = try KeyFile.read(place.signingKey).verifyingKey
        guard standing.history.statements.contains(where: { $0.previous == held }) else { return }
        for path in [place.nextSigningKey, place.keyStatements, place.signingKey] {
            try BoundedFile.remove(path)
        }
    }

    /// The draft, where a statement names it.
    private func draft(of history: KeyHistory) throws -> SigningKey? {
        guard BoundedFile.exists(place.nextSigningKey), let current = history.current else {
            return nil
        }
        let draft = try KeyFile.read(place.nextSigningKey)
        return draft.verifyingKey == current ? draft : nil
    }

    private func readHistory() throws -> KeyHistory {
        guard BoundedFile.exists(place.keyStatements) else { return KeyHistory() }
        let text = try BoundedFile.read(place.keyStatements, bytesMax: Self.statementsBytesMax)
        do throws(AnswerRefusal) {
            return try KeyHistory(json: text)
        } catch {
            throw KeyFilesFault(place: place)
        }
    }
}

/// Key and statements do not belong together: one of the files is of another time or installation.
struct KeyFilesFault: Fault {
    let place: AggregatorPlace

    var operation: String { "take the signing key over" }
    var cause: String { "\(place.keyStatements) does not lead to the key in \(place.signingKey)" }
    var remedy: String {
        "Restore both from the same backup. Where the newest key is lost, move the statements aside: each "
            + "collector must then be told to trust this one."
    }
    var canRetry: Bool { false }
}
