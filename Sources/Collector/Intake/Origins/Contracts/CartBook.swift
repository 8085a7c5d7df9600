import ConveyProtocol
import Synchronization
import Time

/// Remembers what lay in carts: a platform's webhook shows the whole cart, and only the difference says
/// what was put in and what was taken out. Holds a few thousand carts, in memory only; of a cart that it
/// does not know it claims nothing. Pure.
struct CartBook {
    /// One delivery's word about a cart.
    struct Word {
        /// Site and token.
        let cart: String
        /// The delivery's id: one that is told again changes what it changed before.
        let delivery: EventID
        /// When the cart was last changed.
        let version: Timestamp
        /// Whether it says that the cart is new.
        let isNew: Bool
        /// Pieces by variant.
        let pieces: [String: Int64]
    }

    /// Pieces by variant, each more than 0.
    struct Change: Equatable {
        var added: [String: Int64] = [:]
        var removed: [String: Int64] = [:]
    }

    private struct Entry {
        let delivery: EventID
        let version: Timestamp
        let before: [String: Int64]?
        let pieces: [String: Int64]
    }

    static let variantsMax = 100
    private let cartsMax: Int
    private var entries: [String: Entry] = [:]
    /// The carts in the order in which they came, those from `oldest` on.
    private var queue: [String] = []
    private var oldest = 0

    init(cartsMax: Int = 4_096) {
        self.cartsMax = cartsMax
    }

    /// What changed in the cart; nothing where its state before is not known.
    mutating func take(_ word: Word) -> Change {
        guard word.pieces.count <= Self.variantsMax else { return Change() }
        let known = entries[word.cart]
        if let known, known.delivery == word.delivery {
            return Self.change(from: known.before, to: known.pieces)
        }
        // Webhooks come in any order: an older state says nothing of what changed.
        if let known, known.version >= word.version { return Change() }
        let before = known?.pieces ?? (word.isNew ? [:] : nil)
        if known == nil { makeRoom(for: word.cart) }
        entries[word.cart] = Entry(
            delivery: word.delivery, version: word.version, before: before, pieces: word.pieces)
        return Self.change(from: before, to: word.pieces)
    }

    private mutating func makeRoom(for cart: String) {
        queue.append(cart)
        guard entries.count >= cartsMax else { return }
        entries[queue[oldest]] = nil
        oldest += 1
        guard oldest >= cartsMax else { return }
        queue.removeFirst(oldest)
        oldest = 0
    }

    private static func change(from before: [String: Int64]?, to now: [String: Int64]) -> Change {
        guard let before else { return Change() }
        var change = Change()
        for variant in Set(before.keys).union(now.keys) {
            let difference = (now[variant] ?? 0) - (before[variant] ?? 0)
            if difference > 0 { change.added[variant] = difference }
            if difference < 0 { change.removed[variant] = -difference }
        }
        return change
    }
}

/// The cart book of all requests.
final class SharedCartBook: Sendable {
    private let book = Mutex(CartBook())

    /// What changed in the cart.
    func take(_ word: CartBook.Word) -> CartBook.Change { book.withLock { $0.take(word) } }
}
