package import Crypto
package import Daemon
package import HTTP
package import Time

/// A stand-in for Google's OAuth and Data Manager API that keeps to their schema more strictly than
/// they do, fails in every way that they can, and remembers every conversion that it was told of.
///
/// In a test it runs in the test's own process on a free port; the program `convey-doubles` is the
/// same in a process that can be killed.
package final class GoogleDouble: Sendable {
    private let state: DoubleState
    private let google: GoogleRoutes
    private let server: Server
    /// Who may ask for tokens.
    package let credentials: DoubleCredentials

    /// What it takes from outside.
    package struct Tools: Sendable {
        /// Dates events, tokens and verdicts.
        package var clock: any WallClock = SystemClock()
        /// What slow answers wait by.
        package var ticks: any Clock<Duration> = ContinuousClock()
        /// What request ids are drawn from.
        package var random: any RandomSource = RandomBytes()

        /// The machine's own.
        package init() {}
    }

    /// How it starts.
    package struct Settings: Sendable {
        /// Who may ask for tokens.
        package var credentials = DoubleCredentials()
        /// How it behaves at first.
        package var behaviour = DoubleBehaviour()
        /// Where its record lies; nil keeps it in memory.
        package var recordFile: String?
        /// What its server may spend.
        package var server = GoogleDouble.serverSettings

        /// Never fails, and keeps its record in memory.
        package init() {}

        /// Reads the behaviour from JSON, as `PATCH /control/behaviour` takes it.
        package mutating func setBehaviour(_ json: [UInt8]) throws(DoubleRefusal) {
            behaviour = try behaviour.changed(by: json)
        }
    }

    /// Room for large batches, and short deadlines for nobody: it is asked by programs of this house.
    package static var serverSettings: ServerSettings {
        var settings = ServerSettings()
        settings.queuedBytesMax = 268_435_456
        settings.requestWithin = .seconds(60)
        return settings
    }

    /// Reads its record, and answers nothing before `start`.
    /// - Parameter routes: more to serve beside Google's and the control's.
    /// - Throws: `SystemFault` for the record's file, `KeyRefusal` for the service account's key.
    package init(_ settings: Settings = Settings(), tools: Tools = Tools(), routes: [Route] = [])
        throws
    {
        credentials = settings.credentials
        state = try DoubleState(settings.behaviour, recordFile: settings.recordFile)
        google = GoogleRoutes(
            state: state, desk: try TokenDesk(settings.credentials), tools: tools)
        server = Server(
            google.routes + ControlRoutes(state: state).routes + routes, settings: settings.server,
            clock: tools.clock)
    }

    /// Opens its sockets; by default one on a free port of 127.0.0.1.
    package func start(
        _ listeners: [Listener] = [.plain(IPAddress(v4: 0x7F00_0001), port: 0)]
    ) throws(SystemFault) {
        try server.start(listeners)
    }

    /// Closes them; answers that are held back are given up.
    package func stop(within: Duration = .seconds(5)) async {
        google.late.cancelAll()
        await server.stop(within: within)
    }

    /// The ports in the order of the listeners.
    package var ports: [UInt16] { server.ports }

    /// What the server has counted, for metrics.
    package var counters: ServerCounters { server.counters }

    /// Where both of Google's services are to be found, once started on 127.0.0.1.
    package var origin: Origin {
        guard let origin = Origin("http://127.0.0.1:\(ports.first ?? 0)") else {
            preconditionFailure("Such a URL is an origin.")
        }
        return origin
    }

    /// How it behaves now.
    package var behaviour: DoubleBehaviour { state.behaviour }

    /// Changes how it behaves, for the next requests on.
    package func change(_ body: (inout DoubleBehaviour) -> Void) {
        state.change { behaviour in
            var behaviour = behaviour
            body(&behaviour)
            return behaviour
        }
    }

    /// Every conversion that Google would hold, by key. Copies all: for ends of tests.
    package var conversions: [RecordedConversion] { state.conversions }

    /// One conversion, nil when it never came or was refused.
    package func conversion(
        account: String, action: String, transactionID: String
    ) -> RecordedConversion? {
        state.conversion(.init(account: account, action: action, transactionID: transactionID))
    }

    /// What has happened so far.
    package var statistics: DoubleStatistics { state.statistics }
}
