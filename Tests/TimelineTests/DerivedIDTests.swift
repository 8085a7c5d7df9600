import ConveyProtocol
import Testing
import Timeline

/// Goal: an id follows from its parts and from nothing else.
@Suite struct DerivedIDTests {
    @Test func staysTheSameForEver() {
        let id = DerivedID("person", .integer(7), .text("abc"))
        #expect(id.description == "0952ab68-ded6-89c0-9b24-4bffb9965318")
    }

    @Test func tellsPartsApart() {
        let ids: [DerivedID] = [
            DerivedID("a", .text("bc")), DerivedID("ab", .text("c")),
            DerivedID("a", .text("b"), .text("c")), DerivedID("a", .text("")), DerivedID("a"),
            DerivedID("a", .integer(1)), DerivedID("a", .text("\0\0\0\0\0\0\0\u{1}")),
        ]
        #expect(Set(ids).count == ids.count)
    }

    @Test func isAUUIDOfVersionEight() throws {
        for number in 0..<100 {
            let id = DerivedID("touch", .integer(Int64(number)))
            let text = Array(id.description)
            #expect(text.count == 36 && text[14] == "8" && "89ab".contains(text[19]))
            #expect(DerivedID(id.description) == id && DerivedID(bytes: id.bytes) == id)
        }
        #expect(DerivedID("x") == nil)
        #expect(DerivedID(bytes: [1]) == nil)
    }
}
