import Daemon
import Foundation
import TestSupport
import Testing

@testable import Geography

/// Goal: an address finds its place, and no file, however damaged, does more harm than to say nothing.
/// Method: files written here, and the format's own samples where `../shared/data` stands.
@Suite struct GeographyTests {
    private let folder: TemporaryDirectory
    private let file: String

    init() throws {
        folder = try TemporaryDirectory()
        file = folder.file("places.mmdb")
    }

    private static var sample: SampleDatabase {
        var sample = SampleDatabase()
        sample.add([192, 0, 2, 0], 24, SampleDatabase.place("DE", "Entenhausen"))
        sample.add([198, 51, 100, 128], 25, SampleDatabase.place("xx", "Nowhere\u{0}"))
        sample.add(
            version6: [0x20, 0x01, 0x0D, 0xB8, 0, 1],
            SampleDatabase.place("AT", String(repeating: "ö", count: 80)))
        return sample
    }

    private func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: file)) }

    private func geography() -> Geography { Geography(path: file, scratch: folder.path) }

    @Test func findsThePlaceOfAnAddress() throws {
        try write(Self.sample.bytes())
        let geography = geography()
        #expect(geography.place(of: "192.0.2.7") == nil)
        let edition = try geography.reload()
        #expect(edition == .init(type: "Sample-City", builtAt: 1_767_225_600))
        #expect(geography.place(of: "192.0.2.7") == Place(country: "DE", city: "Entenhausen"))
        #expect(geography.place(of: "::ffff:192.0.2.7") == nil)
        #expect(geography.place(of: "192.0.3.7") == nil)
    }

    @Test func cutsWhatTheFileSaysToItsForm() throws {
        try write(Self.sample.bytes())
        let geography = geography()
        _ = try geography.reload()
        #expect(geography.place(of: "198.51.100.200") == Place(country: nil, city: "Nowhere"))
        #expect(geography.place(of: "198.51.100.1") == nil)
        let long = geography.place(of: "2001:db8:1::5")
        #expect(long == Place(country: "AT", city: String(repeating: "ö", count: 64)))
    }

    @Test(arguments: ["", "localhost", "192.0.2", "192.0.2.7:80", "fe80::1%lo"])
    func whatIsNoAddressIsNowhere(_ text: String) throws {
        try write(Self.sample.bytes())
        let geography = geography()
        _ = try geography.reload()
        #expect(geography.place(of: text) == nil)
    }

    @Test func aNewFileIsInForceAfterItsReload() throws {
        try write(Self.sample.bytes())
        let geography = geography()
        _ = try geography.reload()
        var other = SampleDatabase()
        other.add([192, 0, 2, 0], 24, SampleDatabase.place("FR", "Ailleurs"))
        try write(other.bytes())
        #expect(geography.place(of: "192.0.2.7")?.country == "DE")
        _ = try geography.reload()
        #expect(geography.place(of: "192.0.2.7")?.country == "FR")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names == ["places.mmdb"])
    }

    /// Goal: nobody's mistake with the file ends the process. Method: shorten it in place while it is
    /// in force, which would be SIGBUS for whoever has it mapped.
    @Test func aFileThatIsOverwrittenInPlaceStaysWhatItWas() throws {
        try write(Self.sample.bytes())
        let geography = geography()
        _ = try geography.reload()
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        try handle.truncate(atOffset: 0)
        try handle.close()
        #expect(geography.place(of: "192.0.2.7")?.country == "DE")
        #expect(throws: GeographyFault.self) { _ = try geography.reload() }
        #expect(geography.place(of: "192.0.2.7")?.country == "DE")
    }

    @Test func saysWhatIsWrong() throws {
        #expect(throws: SystemFault.self) { _ = try geography().reload() }
        try write(Array("country,city\n".utf8))
        #expect(throws: GeographyFault(path: file, reason: .notADatabase)) {
            _ = try geography().reload()
        }
    }

    @Test func damagedFilesDoNoHarm() throws {
        let whole = Self.sample.bytes()
        var random = SeededRandom(seed: .random(in: 0...UInt64.max))
        print("Damaged geography files: seed \(random.seed)")
        var opened = 0
        for _ in 0..<400 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            }
            try write(bytes)
            let geography = geography()
            guard (try? geography.reload()) != nil else { continue }
            opened += 1
            for address in ["192.0.2.7", "198.51.100.200", "2001:db8:1::5", "255.255.255.255"] {
                let city = geography.place(of: address)?.city ?? ""
                #expect(city.utf8.count <= 128)
            }
        }
        #expect(opened > 0, "Some damage must go unnoticed, or this test has no teeth.")
    }
}
