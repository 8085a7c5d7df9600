import ConveyProtocol
import Crypto

/// Decides whether small batches may go out with the published dictionary. Knows only what the
/// aggregator said.
struct DictionaryUse: Sendable {
    private var isAnnounced = false
    private var isRefused = false

    /// Whether the next batch may use it.
    var isAllowed: Bool { isAnnounced && !isRefused }

    /// Takes the word of a receipt; the newest counts.
    mutating func heard(_ dictionaries: [SHA256Digest]) {
        isAnnounced = dictionaries.contains(BatchDictionary.digest)
    }

    /// Takes a refusal of the coding. Until the collector starts anew nothing brings it back: several
    /// aggregators behind one name may know different ones.
    mutating func refused() { isRefused = true }
}
