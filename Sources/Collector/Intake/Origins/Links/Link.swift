import Buffer
import ConveyProtocol
import Daemon
import HTTP
import JSON
import Synchronization

/// Campaign links: a click is recorded, and the visitor sent on. Nothing holds a visitor up: whatever
/// keeps a click from being recorded is counted, and the redirect goes out.
extension Intake {
    static let linkPath = "/l/{code}"
    /// How long a redirect waits for its click's commit.
    static let linkWithin: Duration = .milliseconds(50)
    /// Above it no redirect waits at all, so that a disk that hangs cannot use up the server's tasks.
    private static let waitingLinksMax = 128

    var linkRoutes: [Route] {
        [
            Route(
                .get, Self.linkPath,
                limits: Route.Limits(bodyBytesMax: 4096, answerWithin: settings.commitWithin),
                handler: .concurrent { [self] in await follow($0) })
        ]
    }

    private func follow(_ request: Request) async -> Response {
        do throws(IntakeRefusal) {
            let admission = try admission()
            guard let found = admission.sites.link(code: request.pathParameters["code"] ?? "")
            else { throw .linkUnknown }
            guard found.site.settings.isEnabled, found.site.settings.isOn(.links) else {
                throw .featureOff
            }
            if let expiry = found.link.expiresAt, expiry <= admission.stamp.time {
                store.countRefused(1, as: "link_expired", in: .interaction)
                return unrecorded(.expired, found)
            }
            do throws(IntakeRefusal) {
                try admission.chargeVisitor(request, of: found.site)
            } catch {
                count(error, in: .interaction)
                return unrecorded(.limited, found)
            }
            return await recorded(request, found, admission)
        } catch {
            count(error, in: .interaction)
            return error.response(request.id).with("Cache-Control", "no-store")
        }
    }

    private func unrecorded(_ outcome: LinkOutcome, _ found: IntakeLink) -> Response {
        counters.links.count(outcome)
        return Self.redirect(to: LinkClick.plainLocation(of: found.link))
    }

    private func recorded(
        _ request: Request, _ found: IntakeLink, _ admission: Admission
    ) async -> Response {
        let (redirect, incoming, outcome) = benches.use { bench in
            let trackingID = Identifier<LinkClick>(random: bench.random).description
            let click = LinkClick(on: found.link, by: request, trackingID: trackingID)
            var incoming = IncomingEvents(stamp: admission.stamp)
            let context = context(of: request, found.site, admission)
            let outcome = Self.write(click, context, on: bench, into: &incoming)
            return (Self.redirect(to: click.location), incoming, outcome)
        }
        counters.links.count(await stored(incoming, outcome))
        return redirect
    }

    /// Whoever has the link may click it: a public credential. Nobody clicks by HEAD.
    private func context(
        of request: Request, _ site: IntakeSite, _ admission: Admission
    ) -> EventContext {
        var context = admission.context(of: site, .link, .siteKey)
        context.client = admission.visitor(of: request, at: site)
        if request.method == .head { context.client.facts.isBot = true }
        return context
    }

    private static func write(
        _ click: LinkClick, _ context: EventContext, on bench: Workbench,
        into incoming: inout IncomingEvents
    ) -> EventOutcome {
        bench.draft.removeAll()
        click.write(to: &bench.draft)
        do throws(EventFault) {
            let written = try bench.writeDraft(context)
            incoming.add(bench.writer.bytes, to: written.lane)
            return EventOutcome(
                id: written.id, isTruncated: written.isTruncated, result: .taken(written.lane))
        } catch {
            return EventOutcome(result: .faulty(error, .interaction))
        }
    }

    /// Hands a click to the buffer, and waits for its commit as long as a visitor may be kept.
    private func stored(
        _ incoming: IncomingEvents, _ outcome: EventOutcome
    ) async -> LinkOutcome {
        let fate = Mutex<LinkOutcome?>(nil)
        let bell = Bell()
        let told = Answer { response in
            fate.withLock { $0 = response.status == 200 ? .recorded : .lost }
            bell.ring()
        }
        commit(incoming, [outcome], told) { refusals in
            guard case .taken(let lane) = outcome.result, refusals[lane] == nil else {
                return Response(503)
            }
            return Response(200)
        }
        if fate.withLock({ $0 }) == nil, waitingLinks.begin(atMost: Self.waitingLinksMax) {
            await bell.wait(atMost: Self.linkWithin, by: ticks)
            waitingLinks.end()
        }
        return fate.withLock { $0 } ?? .late
    }

    private static func redirect(to location: String) -> Response {
        Response(302, headers: ["Location": location, "Cache-Control": "no-store"])
    }
}

/// How many requests wait for one thing at a time.
final class WaitingCount: Sendable {
    private let count = Mutex(0)

    /// Counts one more; false, and nothing counted, where there are as many already.
    func begin(atMost limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func end() { count.withLock { $0 -= 1 } }
}
