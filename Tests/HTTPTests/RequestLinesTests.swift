import Daemon
import HTTP
import Synchronization
import Testing

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

    /// Calls a direct route that answers with each status in turn; gives back what was answered.
    private func answers(_ lines: RequestLines, _ statuses: [Int], to log: Log) -> [Int] {
        let answered = Mutex<[Int]>([])
        for status in statuses {
            let route = Route(.post, "/v1/{x}", handler: .direct { $1.send(Response(status)) })
                .logged(lines, to: log)
            guard case .direct(let handle) = route.handler else { return [] }
            handle(
                Request(.post, "/v1/secret?key=secret", body: Array("secret".utf8)),
                Answer { response in answered.withLock { $0.append(response.status) } })
        }
        return answered.withLock { $0 }
    }

    @Test func allLeavesALineEach() {
        let lines = Lines()
        #expect(answers(.all, [200, 200, 403], to: lines.log) == [200, 200, 403])
        #expect(lines.all.count == 3)
        #expect(lines.all[0].contains("endpoint=/v1/{x} status=200 elapsed_ms="))
        #expect(!lines.all.joined().contains("secret"))
    }

    @Test func refusedLeavesALineAKind() {
        let lines = Lines()
        #expect(answers(.refused, [200, 403, 403, 404, 403], to: lines.log).count == 5)
        #expect(lines.all.count == 2)
    }

    @Test func offLeavesNone() {
        let lines = Lines()
        #expect(answers(.off, [200, 500], to: lines.log) == [200, 500])
        #expect(lines.all.isEmpty)
    }

    @Test func concurrentHandlersLeaveLinesToo() async {
        let lines = Lines()
        let route = Route(.get, "/x", handler: .concurrent { _ in Response(503) })
            .logged(.refused, to: lines.log)
        guard case .concurrent(let handle) = route.handler else { return }
        #expect(await handle(Request(.get, "/x")).status == 503)
        #expect(lines.all.count == 1)
    }
}
