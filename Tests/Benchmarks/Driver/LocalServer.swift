import Child
import Crypto
import FoundationEssentials
import Time

/// A certificate for 127.0.0.1 by an authority of its own, in files.
struct LocalIdentity: Sendable {
    let certificateFile: String
    let keyFile: String

    init(in folder: String) throws {
        let now = SystemClock().now()
        let validity = (now - .seconds(3600))..<(now + .seconds(864_000))
        let authority = CertificateAuthority(name: "convey-bench", validity: validity)
        let identity = authority.issue(hosts: ["localhost", "127.0.0.1"], validity: validity)
        certificateFile = "\(folder)/certificate.pem"
        keyFile = "\(folder)/key.pem"
        try Data(identity.certificatePEM.utf8).write(to: URL(filePath: certificateFile))
        try Data(identity.keyPEM.utf8).write(to: URL(filePath: keyFile))
    }
}

/// A server of the bench's own in a process of its own, that answers 204 to everything.
struct LocalServer: Sendable {
    let program: Program
    let port: UInt16

    /// Starts it on the server's cores; it listens when this returns.
    init(
        _ helper: Helper, tls identity: LocalIdentity?, in folder: String, _ bench: Bench
    ) throws {
        port = UInt16(try FreePort.pick())
        var words = [helper.rawValue, "--port", "\(port)"]
        if let identity {
            words += ["--certificate", identity.certificateFile, "--key", identity.keyFile]
        }
        program = try bench.start(Bench.ownPath, words, log: "\(folder)/\(helper.rawValue).log")
        try Native.waitForPort(port)
    }

    /// Starts one, sends it the load, ends it.
    static func measure(
        _ helper: Helper, _ load: Load, tls identity: LocalIdentity?, in folder: String,
        _ bench: Bench
    ) async throws -> LoadResult {
        let server = try LocalServer(helper, tls: identity, in: folder, bench)
        var load = load
        load.port = server.port
        load.server = server.program.id
        load.seconds = bench.seconds
        load.warmUpSeconds = bench.warmUpSeconds
        do {
            let result = try load.run(bench.cores)
            await server.program.crash()
            return result
        } catch {
            await server.program.crash()
            throw error
        }
    }
}
