import Testing

@testable import HTTP

/// Goal: a path leads to one route, or to the reason why not. Method: a router without a server.
@Suite struct RoutingTests {
    private let router = Router(
        [
            ("/", Method.get), ("/v1/events", .post), ("/v1/events", .options),
            ("/sites/{site}", .get), ("/sites/new", .post), ("/sites/{site}/keys/{key}", .delete),
        ].map { path, method in Route(method, path) { _ in Response(204) } })

    @Test(
        arguments: [
            (Method.get, "/", "/", [:]), (.post, "/v1/events", "/v1/events", [:]),
            (.head, "/sites/a", "/sites/{site}", ["site": "a"]),
            (.get, "/sites/a%2Fb%20c", "/sites/{site}", ["site": "a/b c"]),
            (.delete, "/sites/a/keys/b", "/sites/{site}/keys/{key}", ["site": "a", "key": "b"]),
            (
                .delete, "/sites/new/keys/b", "/sites/{site}/keys/{key}",
                ["site": "new", "key": "b"]
            ),
        ] as [(HTTP.Method, String, String, [String: String])])
    func finds(_ method: HTTP.Method, path: String, route: String, parameters: [String: String]) {
        guard case .found(let found, let matched) = router.match(method, path) else {
            Issue.record("\(path) was not found")
            return
        }
        #expect(found.path == route)
        #expect(matched == parameters)
    }

    @Test(arguments: [
        "/v1", "/v1/", "/v1/events/", "//", "/sites/", "/sites//keys/b", "/sites/%zz", "/sites/%ff",
        "*", "",
    ])
    func knowsNothingOf(_ path: String) {
        guard case .unknownPath = router.match(.get, path) else {
            Issue.record("\(path) was found")
            return
        }
    }

    @Test func namesTheOtherMethods() {
        guard case .otherMethods(let allow) = router.match(.put, "/v1/events") else {
            Issue.record("PUT was found")
            return
        }
        #expect(allow == "OPTIONS, POST")
    }
}

/// Goal: queries and forms are decoded once, and damage is seen. Method: pairs of text and meaning.
@Suite struct QueryTests {
    @Test func decodesOnce() {
        let query = Query("a=1&b=x+y%2Bz&a=%C3%A9&c&=d&e=%25")
        #expect(query["a"] == "1")
        #expect(query.values("a") == ["1", "é"])
        #expect(query["b"] == "x y+z")
        #expect(query["c"] == "")
        #expect(query[""] == "d")
        #expect(query["e"] == "%")
        #expect(query["f"] == nil)
        #expect(query.unreadable == 0)
    }

    @Test func countsWhatItCannotRead() {
        let query = Query("a=%&b=%4&c=%zz&d=%ff&e=1")
        #expect(query.unreadable == 4)
        #expect(query["e"] == "1")
        #expect(Query(String(repeating: "a=1&", count: 300)).parameters.count == 256)
    }

    @Test(arguments: ["", "a b/c?d&e=f", "%25", "é漢"])
    func encodesWhatItDecodes(_ text: String) {
        let encoded = PercentEncoding.encode(text)
        #expect(encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(PercentEncoding.decode(encoded, plusIsSpace: false) == text)
    }
}

/// Goal: no text can break out of a header field. Method: fields with line breaks.
@Suite struct HeadersTests {
    @Test func leavesLineBreaksOut() {
        var headers: Headers = ["Location": "/a\r\nSet-Cookie: b=1\0"]
        headers.add("X\r\nY", "1")
        var bytes: [UInt8] = []
        headers.serialize(into: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "Location: /aSet-Cookie: b=1\r\nXY: 1\r\n")
    }

    @Test func comparesNamesWithoutCaseAndKeepsOrder() {
        var headers: Headers = ["Accept": "a", "X-Y": "1", "accept": "b"]
        #expect(headers["ACCEPT"] == "a")
        #expect(headers.values("Accept") == ["a", "b"])
        #expect(headers.equals("x-y", "1"))
        headers.set("Accept", "c")
        #expect(headers.all.map(\.value) == ["1", "c"])
    }
}
