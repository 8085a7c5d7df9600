import JSON
import Testing

/// Goal: pointers find what RFC 6901 says. Method: the RFC's own document and pointers.
@Suite struct PointerTests {
    private let document = #"""
        {"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}
        """#

    private func integer(_ pointer: String) throws -> Int64? {
        var parser = JSONParser(bytesMax: 1000)
        let pointer = try #require(JSONPointer(pointer))
        return try parser.parse(Array(document.utf8)) { pointer.value(in: $0)?.int64 }
    }

    @Test(arguments: [
        ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3), ("/g|h", 4), ("/i\\j", 5), ("/k\"l", 6),
        ("/ ", 7), ("/m~0n", 8),
    ])
    func findsMembers(pointer: String, value: Int64) throws {
        #expect(try integer(pointer) == value)
    }

    @Test func findsElementsByExactIndex() throws {
        var parser = JSONParser(bytesMax: 1000)
        try parser.parse(Array(document.utf8)) { root in
            #expect(JSONPointer("/foo/1")?.value(in: root)?.string == "baz")
            for wrong in [
                "/foo/2", "/foo/01", "/foo/-", "/foo/+1", "/foo/", "/foo/4294967296", "/foo/0/x",
            ] {
                #expect(JSONPointer(wrong)?.value(in: root) == nil, "\(wrong)")
            }
            #expect(JSONPointer("")?.value(in: root)?.kind == .object)
        }
    }

    @Test(arguments: ["a", "~", "/~", "/~2", "/a~"])
    func refusesWhatIsNoPointer(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test func printsWhatItReads() {
        for text in ["", "/", "/a~1b/~0/0", "/items/3/price"] {
            #expect(JSONPointer(text)?.description == text)
        }
        #expect(JSONPointer().appending("a/b").appending(3).description == "/a~1b/3")
    }
}
