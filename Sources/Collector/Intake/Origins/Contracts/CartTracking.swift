import ConveyProtocol
import HTTP

/// The cart tracking contract: one event, or up to 500, from a shop's page or server.
extension Intake {
    var cartRoutes: [Route] {
        [
            cartRoute("/api/cart-tracking/track", isBulk: false),
            cartRoute("/api/cart-tracking/track/bulk", isBulk: true),
        ]
            + ["/api/cart-tracking/track", "/api/cart-tracking/track/bulk"].map { path in
                Route(.options, path, handler: .direct { [self] in $1.send(preflight($0)) })
            }
    }

    private func cartRoute(_ path: String, isBulk: Bool) -> Route {
        committing(path, bodyBytesMax: isBulk ? settings.bodyBytesMax : 65_536) { [self] in
            takeCart($0, $1, isBulk: isBulk)
        }.refusing { CartAnswer.response($0, $1) }
    }

    private func takeCart(_ request: Request, _ answer: Answer, isBulk: Bool) {
        do throws(IntakeRefusal) {
            var reader = try CartReader(request, admission())
            let body = try decodedBody(of: request)
            try benches.use { bench throws(IntakeRefusal) in
                try reader.read(body, isBulk: isBulk, on: bench)
            }
            let form = CartAnswer(results: reader.results, isBulk: isBulk)
            let origin = CrossOrigin.origin(of: request)
            commit(reader.incoming, reader.outcomes, answer) { refusals in
                CrossOrigin.allow(origin, in: form.response(refusals))
            }
        } catch {
            count(error, in: .pageview)
            answer.send(CartAnswer.response(error, for: refusal(error, request)))
        }
    }
}
