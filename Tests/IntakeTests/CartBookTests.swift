import TestSupport
import Testing
import Time

@testable import ConveyProtocol
@testable import Intake

/// Goal: what was put into a cart and what was taken out is told once, and never guessed. Method: words
/// about carts, one after another; the book has no clock.
@Suite struct CartBookTests {
    private var book = CartBook(cartsMax: 3)

    private func word(
        _ number: Int, _ pieces: [String: Int64], isNew: Bool = false, cart: String = "a",
        delivery: String? = nil
    ) throws -> CartBook.Word {
        CartBook.Word(
            cart: cart, delivery: try #require(EventID(delivery ?? "\(cart)-\(number)")),
            version: Timestamp(unixSeconds: Int64(number)), isNew: isNew, pieces: pieces)
    }

    private typealias Change = CartBook.Change

    @Test mutating func tellsTheDifference() throws {
        #expect(book.take(try word(1, ["x": 3], isNew: true)) == Change(added: ["x": 3]))
        #expect(
            book.take(try word(2, ["x": 1, "y": 2]))
                == Change(added: ["y": 2], removed: ["x": 2]))
        #expect(book.take(try word(3, ["x": 1, "y": 2])) == Change())
        #expect(book.take(try word(4, [:])) == Change(removed: ["x": 1, "y": 2]))
    }

    /// A delivery that could not be kept is sent again.
    @Test mutating func tellsTheSameOfTheSameDelivery() throws {
        _ = book.take(try word(1, ["x": 1], isNew: true))
        let second = try word(2, ["x": 4])
        #expect(book.take(second) == Change(added: ["x": 3]))
        #expect(book.take(second) == Change(added: ["x": 3]))
        #expect(book.take(try word(1, ["x": 1], isNew: true)) == Change())
        #expect(book.take(try word(3, ["x": 5])) == Change(added: ["x": 1]))
    }

    @Test mutating func claimsNothingOfACartThatItDoesNotKnow() throws {
        #expect(book.take(try word(5, ["x": 2])) == Change())
        #expect(book.take(try word(1, ["x": 1], isNew: true)) == Change())
        #expect(book.take(try word(6, ["x": 3])) == Change(added: ["x": 1]))
        let large = Dictionary(uniqueKeysWithValues: (0...100).map { ("v\($0)", Int64(1)) })
        #expect(book.take(try word(1, large, isNew: true, cart: "large")) == Change())
    }

    @Test mutating func forgetsTheOldestCart() throws {
        for number in 0..<10 {
            let word = try word(1, ["x": 1], isNew: true, cart: "c\(number)")
            #expect(book.take(word) == Change(added: ["x": 1]))
        }
        for number in 7..<10 {
            let word = try word(2, ["x": 3], cart: "c\(number)")
            #expect(book.take(word) == Change(added: ["x": 2]))
        }
        #expect(book.take(try word(2, ["x": 3], cart: "c6")) == Change())
        #expect(book.take(try word(3, ["x": 4], cart: "c7")) == Change())
        #expect(book.take(try word(3, ["x": 4], cart: "c9")) == Change(added: ["x": 1]))
    }
}
