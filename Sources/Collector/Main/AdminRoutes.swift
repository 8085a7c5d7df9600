import Crypto
import Daemon
import HTTP

/// What the local socket answers; only this user and root can open it.
struct AdminRoutes {
    let report: @Sendable () -> StatusReport
    let reload: @Sendable () -> Void
    let rotateKey: @Sendable () async throws -> VerifyingKey
    static let rotatePath = "/keys/rotate"

    var routes: [Route] {
        [
            Route(.get, "/status", handler: .direct { [self] in $1.send(status($0)) }),
            Route(
                .post, "/reload",
                handler: .direct { [self] _, answer in
                    reload()
                    answer.send(Response(204))
                }),
            Route(
                .post, Self.rotatePath, limits: Route.Limits(answerWithin: .seconds(80)),
                handler: .concurrent { [self] _ in await rotate() }),
        ]
    }

    private func rotate() async -> Response {
        do {
            return .text(200, KeysCommand.done(try await rotateKey()))
        } catch let fault as any Fault {
            return .text(fault.canRetry ? 503 : 409, fault.sentence)
        } catch {
            return .text(500, "The key could not be changed.")
        }
    }

    private func status(_ request: Request) -> Response {
        let report = report()
        guard request.query["format"] == "text" else { return .json(200, report.json()) }
        return .text(200, report.text() + "\n")
    }
}
