import Daemon
import Synchronization
import Testing

@testable import HTTP

/// Goal: answers leave the lines that the operator asked for, and nothing of the client's. Method:
/// routes called by hand, a log into memory.
@Suite struct RequestLinesTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        var log: Log {
            Log(format: .text) { [weak self] line in
                self?.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        }
    }

    private func journal(_ lines: RequestLines?, _ log: Log) -> RequestJournal {
        RequestJournal(lines, to: log, storageCodes: ["disk_full"]) { request in
            guard case .address(let address, _) = request.peer else { return nil }
            return address
        }
    }

    /// Calls a direct route that answers with each response in turn; gives back what was answered.
    @discardableResult
    private func answers(
        _ lines: RequestLines?, _ responses: [Response], to log: Log,
        usually: RequestLines = .refused, from peer: String = "192.0.2.1",
        headers: Headers = Headers()
    ) -> [Int] {
        let answered = Mutex<[Int]>([])
        let journal = journal(lines, log)
        for response in responses {
            let route = Route(
                .post, "/v1/{x}",
                handler: .direct { request, answer in
                    request.notes?.store = "shop.example"
                    answer.send(response)
                }
            ).logged(by: journal, usually: usually)
            guard case .direct(let handle) = route.handler else { return [] }
            let arrival = Request.Arrival(
                peer: .address(IPAddress(peer)!, port: 1), requestID: RequestID(high: 0, low: 10))
            handle(
                Request(
                    .post, "/v1/secret?key=secret", headers: headers, body: Array("secret".utf8),
                    by: arrival),
                Answer { response in answered.withLock { $0.append(response.status) } })
        }
        return answered.withLock { $0 }
    }

    private func plain(_ statuses: [Int]) -> [Response] { statuses.map { Response($0) } }

    @Test func allLeavesALineEach() {
        let lines = Lines()
        #expect(answers(.all, plain([200, 200, 403]), to: lines.log) == [200, 200, 403])
        #expect(lines.all.count == 3)
        #expect(
            lines.all[0].contains(
                """
                request_id=0000000000000000000000000000000a store=shop.example \
                endpoint=/v1/{x} status=200 elapsed_ms=
                """))
        #expect(!lines.all.joined().contains("secret"))
        #expect(!lines.all.joined().contains("192.0.2"))
    }

    @Test func refusedLeavesALineAKindAndAddress() {
        let lines = Lines()
        let refusals = plain([200, 403, 403, 404, 403])
        #expect(answers(.refused, refusals, to: lines.log).count == 5)
        #expect(lines.all.count == 2)
    }

    @Test func refusalsOfAnotherAddressAreNotHidden() {
        let lines = Lines()
        let log = lines.log
        for peer in ["192.0.2.1", "192.0.2.2", "192.0.2.1"] {
            answers(.all, plain([403]), to: log, from: peer)
        }
        #expect(lines.all.count == 2)
    }

    @Test func offLeavesNone() {
        let lines = Lines()
        #expect(answers(.off, plain([200, 500]), to: lines.log) == [200, 500])
        #expect(lines.all.isEmpty)
    }

    @Test func unlessChosenAnEndpointIsAsItIsMeant() {
        let lines = Lines()
        answers(nil, plain([200, 403]), to: lines.log)
        #expect(lines.all.count == 1)
        answers(nil, plain([200, 201]), to: lines.log, usually: .all)
        #expect(lines.all.count == 3)
    }

    @Test(arguments: [
        (400, "x", "validation"), (413, "x", "validation"), (429, "rate_limited", "rate_limit"),
        (507, "budget", "database"), (503, "disk_full", "database"), (503, "no_settings", "system"),
        (500, "x", "system"),
    ])
    func saysWhoseBusinessARefusalIs(status: Int, code: String, category: String) {
        let lines = Lines()
        answers(.refused, [.problem(status, code, "Sentence.")], to: lines.log)
        #expect(
            lines.all.first?.contains("status=\(status) category=\(category) code=\(code)") == true)
    }

    @Test func aTraceIsKept() {
        let lines = Lines()
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        answers(.all, plain([200]), to: lines.log, headers: ["traceparent": trace])
        answers(.all, plain([200]), to: lines.log, headers: ["traceparent": "x\"y"])
        #expect(lines.all[0].contains("trace_id=4bf92f3577b34da6a3ce929d0e0e4736"))
        #expect(!lines.all[1].contains("trace_id"))
    }

    @Test func concurrentHandlersLeaveLinesToo() async {
        let lines = Lines()
        let route = Route(.get, "/x", handler: .concurrent { _ in Response(503) })
            .logged(by: journal(nil, lines.log))
        guard case .concurrent(let handle) = route.handler else { return }
        #expect(await handle(Request(.get, "/x")).status == 503)
        #expect(lines.all.count == 1)
    }

    @Test func theChoiceMayChangeMeanwhile() {
        let lines = Lines()
        let journal = journal(.off, lines.log)
        let route = Route(.get, "/x", handler: .direct { $1.send(Response(200)) })
            .logged(by: journal)
        guard case .direct(let handle) = route.handler else { return }
        handle(Request(.get, "/x"), Answer { _ in })
        journal.use(.all)
        handle(Request(.get, "/x"), Answer { _ in })
        #expect(lines.all.count == 1)
    }
}
