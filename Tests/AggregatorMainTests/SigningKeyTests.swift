import ConveyProtocol
import Crypto
import Daemon
import Foundation
import Gate
import TestSupport
import Testing
import Time

@testable import AggregatorMain

/// Goal: a rotation of the aggregator's key that is cut off anywhere leaves one key in force, and the
/// statements lead to it. Method: the files as each step leaves them, opened again; then files that do
/// not belong together.
@Suite struct SigningKeyTests {
    private let directory: TemporaryDirectory
    private var place: AggregatorPlace { AggregatorPlace(directory: directory.path) }
    private var files: SigningKeyFiles { SigningKeyFiles(place) }
    private static let now = Timestamp(unixSeconds: 1_767_225_600)

    init() throws { directory = try TemporaryDirectory() }

    private func open() throws -> AggregatorKeyring { try files.open(random: RandomBytes()) }

    private func rotate(_ keyring: AggregatorKeyring) throws -> KeyStatement {
        try files.rotate(keyring, at: Self.now, random: RandomBytes())
    }

    @Test func aNewInstallationHasOneKeyAndNoStatement() throws {
        let keyring = try open()
        #expect(keyring.keys.history.statements.isEmpty)
        #expect(try open().key.rawBytes == keyring.key.rawBytes)
        let mode = try FileManager.default.attributesOfItem(atPath: place.signingKey)
        #expect(mode[.posixPermissions] as? Int == 0o600)
    }

    @Test func eachRotationAddsAStatementAndDestroysTheFormerKey() throws {
        let keyring = try open()
        var keys = [keyring.keys.key]
        for _ in 0..<3 {
            let former = keyring.key
            let statement = try rotate(keyring)
            #expect(statement.previous == former.verifyingKey)
            #expect(statement.next == keyring.keys.key)
            keys.append(keyring.keys.key)
            for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
                let text = try String(contentsOfFile: directory.file(name), encoding: .utf8)
                #expect(!text.contains(former.pem), "\(name)")
            }
        }
        let reopened = try open()
        #expect(reopened.keys == keyring.keys)
        #expect(reopened.keys.history.statements.map(\.next) == Array(keys.dropFirst()))
        #expect(!BoundedFile.exists(place.nextSigningKey))
        let mode = try FileManager.default.attributesOfItem(atPath: place.signingKey)
        #expect(mode[.posixPermissions] as? Int == 0o600)
    }

    @Test func cutOffBehindTheDraftTheFormerKeyStays() throws {
        let keyring = try open()
        let draft = SigningKey(from: RandomBytes())
        try KeyFile.write(draft, to: place.nextSigningKey)
        let reopened = try open()
        #expect(reopened.keys == keyring.keys)
        #expect(try rotate(reopened).next == draft.verifyingKey)
        #expect(try open().key.rawBytes == draft.rawBytes)
    }

    @Test func cutOffBehindTheStatementTheNewKeyIsInForce() throws {
        let keyring = try open()
        let draft = SigningKey(from: RandomBytes())
        try KeyFile.write(draft, to: place.nextSigningKey)
        let statement = KeyStatement(draft.verifyingKey, follows: keyring.key, at: Self.now)
        let history = try #require(KeyHistory([statement]))
        try BoundedFile.replace(place.keyStatements, with: history.json)
        for _ in 0..<2 {
            let reopened = try open()
            #expect(reopened.key.rawBytes == draft.rawBytes)
            #expect(reopened.keys.history == history)
            #expect(!BoundedFile.exists(place.nextSigningKey))
        }
    }

    @Test func refusesFilesThatDoNotBelongTogether() throws {
        let keyring = try open()
        let first = keyring.key
        _ = try rotate(keyring)
        let statements = try BoundedFile.read(place.keyStatements, bytesMax: 65_536)
        try FileManager.default.removeItem(atPath: place.signingKey)
        #expect(throws: (any Error).self) { try open() }
        #expect(!BoundedFile.exists(place.signingKey), "No new key hides that the old one is lost.")
        try KeyFile.write(first, to: place.signingKey)
        #expect(throws: SigningKeyFault.self) { try open() }
        try BoundedFile.replace(place.keyStatements, with: Array(statements.dropLast(4)))
        #expect(throws: SigningKeyFault.self) { try open() }
        try FileManager.default.removeItem(atPath: place.keyStatements)
        #expect(try open().key.rawBytes == first.rawBytes)
    }
}
