import HTTP

/// What the local socket answers; only this user and root can open it.
struct AdminRoutes {
    let report: @Sendable () -> StatusReport
    let reload: @Sendable () -> Void

    var routes: [Route] {
        [
            Route(.get, "/status", handler: .direct { [self] in $1.send(status($0)) }),
            Route(
                .post, "/reload",
                handler: .direct { [self] _, answer in
                    reload()
                    answer.send(Response(204))
                }),
        ]
    }

    private func status(_ request: Request) -> Response {
        let report = report()
        guard request.query["format"] == "text" else { return .json(200, report.json()) }
        return .text(200, report.text() + "\n")
    }
}
