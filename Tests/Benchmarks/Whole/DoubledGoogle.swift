import Child
import Destinations
import HTTP
import Stage
import Time

/// `convey-doubles` in a process of its own, and the real Data Manager client before it.
struct DoubledGoogle {
    let client: DataManagerClient
    private let stage: Stage::Stage
    private let double: Program

    init(_ bench: Bench) async throws {
        stage = try Stage::Stage(
            folder: try bench.freshFolder("google"), programs: bench.programs)
        let platform = try Stage::AdPlatform(on: stage)
        double = try await platform.start()
        let secret = try await stage.output(
            "convey-doubles", ["credential", "--config", stage.path("doubles.yaml")])
        let transport = Client(DataManagerClient.clientSettings, name: "doubled google")
        let tokens = AccessTokens(
            try GoogleCredential(json: Array(secret.utf8)).grant,
            at: AccessTokens.Endpoint(platform.origin, client: transport), clock: SystemClock())
        client = DataManagerClient(platform.origin, tokens: tokens, client: transport)
    }

    func end() async { await double.stop() }
}
