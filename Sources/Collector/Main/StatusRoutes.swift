import HTTP

/// What the local socket answers; only this user and root can open it.
struct StatusRoutes {
    private let report: @Sendable () -> StatusReport

    init(_ report: @escaping @Sendable () -> StatusReport) {
        self.report = report
    }

    var routes: [Route] {
        [
            Route(
                .get, "/status",
                handler: .direct { [report] request, answer in
                    let report = report()
                    answer.send(
                        request.query["format"] == "text"
                            ? .text(200, report.text() + "\n") : .json(200, report.json()))
                })
        ]
    }
}
