import COpenSSL
import Crypto
import Foundation
import TestSupport
import Testing
import Time

@testable import HTTP

/// Goal: TLS as it should be, with a certificate that can be changed while clients are connected.
/// Method: OpenSSL's client over real sockets, certificates made for the test.
@Suite struct TLSTests {
    @Test func servesRequestsOverTLS() async throws {
        let files = try Certificate(name: "one")
        try await withServer([hello, echo], listener: files.listener) { server, port in
            let client = try SecureClient(port: port)
            #expect(client.version == "TLSv1.3")
            #expect(client.chosenProtocol == "http/1.1")
            #expect(client.serverName == "one")
            for _ in 0..<3 {
                client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(client.receive().hasSuffix("\r\n\r\nhello"))
            }
            let body = String(repeating: "x", count: 60_000)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n\(body)")
            var text = ""
            while !text.hasSuffix("/echo \(body)") { text += client.receive() }
            #expect(server.counters.snapshot.requests == 4)
        }
    }

    @Test func takesANewCertificateWithoutRestart() async throws {
        let files = try Certificate(name: "old")
        try await withServer([hello], listener: files.listener) { _, port in
            let before = try SecureClient(port: port)
            #expect(before.serverName == "old")
            try files.issue(name: "new")
            try files.context.reload()
            #expect(try SecureClient(port: port).serverName == "new")
            before.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(before.receive().hasSuffix("hello"))

            try Data("damaged".utf8).write(to: URL(fileURLWithPath: files.keyFile))
            #expect(throws: TLSFault.self) { try files.context.reload() }
            #expect(try SecureClient(port: port).serverName == "new")
        }
    }

    @Test func refusesOldVersionsAndOtherProtocols() async throws {
        let files = try Certificate(name: "strict")
        try await withServer([hello], listener: files.listener) { server, port in
            let older = try SecureClient(port: port, versionMax: TLS1_2_VERSION)
            #expect(older.version == "TLSv1.2")
            #expect(throws: RawClient.Failure.self) {
                try SecureClient(port: port, versionMax: TLS1_1_VERSION)
            }
            #expect(throws: RawClient.Failure.self) {
                try SecureClient(port: port, protocols: ["h2"])
            }
            let unasked = try SecureClient(port: port, protocols: [])
            #expect(unasked.chosenProtocol == "")
            #expect(throws: RawClient.Failure.self) {
                try SecureClient(port: port, versionMax: TLS1_2_VERSION, ciphers: "AES128-SHA")
            }
            wait(server) { $0.handshakesFailed == 3 }
        }
    }

    @Test func dropsAClientThatNeverShakesHands() async throws {
        let files = try Certificate(name: "patient")
        var settings = testSettings
        settings.handshakeWithin = .milliseconds(50)
        try await withServer([hello], settings: settings, listener: files.listener) { _, port in
            let client = try RawClient(port: port)
            client.send([0x16, 0x03, 0x01])
            #expect(client.isEnded())
            let plain = try RawClient(port: port)
            plain.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect((try? plain.reply()) == nil)
        }
    }

    @Test func saysWhatIsWrongWithTheFiles() throws {
        let files = try Certificate(name: "one")
        let other = try Certificate(name: "two")
        #expect(throws: TLSFault.self) {
            try TLSContext(certificateFile: "/nonexistent", keyFile: files.keyFile)
        }
        #expect(throws: TLSFault.self) {
            try TLSContext(certificateFile: files.certificateFile, keyFile: other.keyFile)
        }
    }
}

/// A certificate and its key in files.
private final class Certificate: Sendable {
    let directory: TemporaryDirectory
    let context: TLSContext
    var certificateFile: String { directory.file("certificate.pem") }
    var keyFile: String { directory.file("key.pem") }
    var listener: Listener { .tls(IPAddress(v4: 0x7F00_0001), port: 0, context) }

    init(name: String) throws {
        directory = try TemporaryDirectory()
        try Self.issue(name: name, in: directory)
        context = try TLSContext(
            certificateFile: directory.file("certificate.pem"), keyFile: directory.file("key.pem"))
    }

    func issue(name: String) throws { try Self.issue(name: name, in: directory) }

    private static func issue(name: String, in directory: TemporaryDirectory) throws {
        let now = SystemClock().now()
        let validity = now..<(now + .seconds(86_400))
        let authority = CertificateAuthority(name: "Test authority", validity: validity)
        let identity = authority.issue(hosts: [name], validity: validity)
        try Data(identity.certificatePEM.utf8)
            .write(to: URL(fileURLWithPath: directory.file("certificate.pem")))
        try Data(identity.keyPEM.utf8)
            .write(to: URL(fileURLWithPath: directory.file("key.pem")))
    }
}

/// A blocking TLS client that trusts anybody.
@safe private final class SecureClient {
    private let plain: RawClient
    private let context: OpaquePointer
    private let session: OpaquePointer

    init(
        port: UInt16, versionMax: Int32 = TLS1_3_VERSION, protocols: [String] = ["h2", "http/1.1"],
        ciphers: String? = nil
    ) throws {
        plain = try RawClient(port: port)
        unsafe context = SSL_CTX_new(TLS_client_method())
        unsafe SSL_CTX_set_security_level(context, 0)
        if let ciphers { unsafe SSL_CTX_set_cipher_list(context, ciphers) }
        unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(versionMax), nil)
        unsafe session = SSL_new(context)
        let offer = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        unsafe SSL_set_alpn_protos(session, offer, UInt32(offer.count))
        unsafe SSL_set_fd(session, plain.descriptor)
        guard unsafe SSL_connect(session) == 1 else { throw RawClient.Failure(what: "handshake") }
    }

    deinit {
        unsafe SSL_free(session)
        unsafe SSL_CTX_free(context)
    }

    var version: String { unsafe String(cString: SSL_get_version(session)) }

    var chosenProtocol: String {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(session, &bytes, &count)
        return unsafe String(
            decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }

    /// The first host name in the server's certificate.
    var serverName: String {
        guard let certificate = unsafe SSL_get1_peer_certificate(session) else { return "" }
        defer { unsafe X509_free(certificate) }
        for name in ["old", "new", "one", "strict"]
        where unsafe X509_check_host(certificate, name, name.utf8.count, 0, nil) == 1 {
            return name
        }
        return ""
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe SSL_write(session, bytes, Int32(bytes.count))
    }

    func receive() -> String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe SSL_read(session, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }
}
