package import ConveyProtocol
package import Gate
package import HTTP
package import Store

/// Answers what a collector asks besides its batches: to be enrolled, and what it may know.
package struct CollectorRoutes: Sendable {
    /// Told, in the same transaction, of every key that a collector got.
    package typealias Witness = @Sendable (NewKey, Transaction) throws -> Void

    /// A key that came into force.
    package struct NewKey: Sendable {
        /// The short number of the collector's organization.
        package let organization: Int64
        /// Whose key it is.
        package let collector: CollectorID
        /// False where it followed another by rotation.
        package let isByToken: Bool
    }

    private let gate: Gate
    private let store: Store
    private let directory: StoredDirectory
    private let desk: EnrolmentDesk
    private let maker: SettingsMaker
    private let rotation: KeyRotationDesk
    private let authority: String?
    private let witness: Witness

    /// - Parameter authority: PEM of a private authority that collectors must pin, if there is one.
    package init(
        gate: Gate, directory: StoredDirectory, parts: Parts, authority: String?,
        witness: @escaping Witness
    ) {
        self.gate = gate
        self.directory = directory
        (store, desk, maker) = (parts.store, parts.desk, parts.maker)
        rotation = parts.rotation
        self.authority = authority
        self.witness = witness
    }

    /// What the routes work with.
    package struct Parts: Sendable {
        let store: Store
        let desk: EnrolmentDesk
        let maker: SettingsMaker
        let rotation: KeyRotationDesk

        /// Takes what Main made.
        package init(
            store: Store, desk: EnrolmentDesk, maker: SettingsMaker,
            rotation: KeyRotationDesk = KeyRotationDesk()
        ) {
            (self.store, self.desk, self.maker) = (store, desk, maker)
            self.rotation = rotation
        }
    }

    /// The routes, for the door that collectors reach.
    package var routes: [Route] {
        [
            Route(
                .post, EnrolmentRequest.path, limits: Route.Limits(bodyBytesMax: 8192),
                handler: .concurrent { request in
                    await answer(request) { try await enrol(request) }
                }),
            Route(
                .get, SiteSettings.path, limits: Route.Limits(bodyBytesMax: 0),
                handler: .concurrent { request in
                    await answer(request) { try await settings(request) }
                }),
            Route(
                .post, KeyRotationRequest.path, limits: Route.Limits(bodyBytesMax: 8192),
                handler: .concurrent { request in
                    await answer(request) { try await rotate(request) }
                }),
            Route(
                .get, AggregatorKeys.path, limits: Route.Limits(bodyBytesMax: 0),
                handler: .direct { _, answer in answer.send(.json(200, gate.keys.json)) }),
        ]
    }

    /// Signs whatever comes out.
    private func answer(
        _ request: Request, _ body: () async throws -> Response
    ) async -> Response {
        do {
            return gate.answer(try await body(), to: request)
        } catch let problem as ProtocolProblem {
            return gate.answer(problem, to: request)
        } catch let fault as StoreFault where fault.canRetry {
            return gate.answer(.unavailable(retryAfter: .seconds(5)), to: request)
        } catch {
            return gate.answer(.internal, to: request)
        }
    }

    private func enrol(_ request: Request) async throws -> Response {
        let body = try EnrolmentRequest(json: request.body)
        try gate.admit(
            request, .required(mediaType: EnrolmentRequest.mediaType, codings: []),
            signedWith: body.signingKey)
        let now = gate.now()
        let enrolled = try await store.write { [desk, witness] transaction in
            let enrolled = try desk.enrol(body, at: now, in: transaction)
            if enrolled.isNew {
                try witness(
                    NewKey(
                        organization: enrolled.organization, collector: enrolled.collector,
                        isByToken: true), transaction)
                try transaction.announce(.settings)
            }
            return enrolled
        }
        directory.forget()
        return .json(
            200,
            EnrolmentAnswer(
                collector: enrolled.collector, aggregatorKey: gate.verifyingKey,
                authority: authority, settings: enrolled.settings, time: now
            ).json)
    }

    private func rotate(_ request: Request) async throws -> Response {
        let collector = try await gate.admit(
            request, .required(mediaType: KeyRotationRequest.mediaType, codings: []), by: directory)
        let body = try KeyRotationRequest(json: request.body)
        let now = gate.now()
        let rotated = try await store.write { [rotation, witness] transaction in
            let rotated = try rotation.rotate(body, of: collector, at: now, in: transaction)
            if rotated.isNew {
                try witness(
                    NewKey(
                        organization: collector.organization, collector: collector.id,
                        isByToken: false), transaction)
                try transaction.announce(.settings)
            }
            return rotated
        }
        directory.forget()
        return .json(
            200,
            KeyRotationAnswer(
                formerUntil: rotated.formerUntil, settings: rotated.settings, time: now
            ).json)
    }

    private func settings(_ request: Request) async throws -> Response {
        let collector = try await gate.admit(request, .none, by: directory)
        let settings = try await store.read { [maker] in
            try maker.settings(of: collector, in: $0)
        }
        if request.headers["If-None-Match"] == settings.entityTag {
            return Response(304, headers: ["ETag": settings.entityTag])
        }
        return Response.json(200, settings.json()).with("ETag", settings.entityTag)
            .with("Cache-Control", "no-store")
    }
}
