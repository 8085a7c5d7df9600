import Foundation
import TestSupport
import Testing

@testable import Geography

/// Goal: real files of the format are read as their makers say. Method: MaxMind's test databases with
/// the sources that say what each network must answer, where `../shared/data` stands beside the project.
@Suite struct RealFormatTests {
    static let data = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/data/geoip").standardizedFileURL

    static let isThere = FileManager.default.fileExists(atPath: data.path)

    @Test(.enabled(if: RealFormatTests.isThere), arguments: ["GeoLite2-City", "GeoLite2-Country"])
    func answersAsTheSourceSays(_ name: String) throws {
        let folder = try TemporaryDirectory()
        let path = Self.data.appending(path: "\(name)-Test.mmdb").path
        let geography = Geography(path: path, scratch: folder.path)
        #expect(try geography.reload().type == name)
        let source = try Data(contentsOf: Self.data.appending(path: "\(name)-Test.source.json"))
        let records = try #require(
            try JSONSerialization.jsonObject(with: source) as? [[String: Any]])
        var compared = 0
        for record in records {
            for (network, value) in record {
                let address = String(network.prefix { $0 != "/" })
                #expect(geography.place(of: address) == Self.place(value), "\(network)")
                compared += 1
            }
        }
        print("Geography: \(name): \(compared) networks agree with their source")
        #expect(compared > 100)
    }

    @Test(
        .enabled(if: RealFormatTests.isThere),
        arguments: [
            "GeoLite2-ASN-Test", "MaxMind-DB-test-decoder", "MaxMind-DB-test-ipv4-24",
            "MaxMind-DB-test-ipv6-28",
        ])
    func filesOfAnotherKindSayNothing(_ name: String) throws {
        let folder = try TemporaryDirectory()
        let path = Self.data.appending(path: "\(name).mmdb").path
        let geography = Geography(path: path, scratch: folder.path)
        _ = try geography.reload()
        for address in ["1.1.1.1", "1.128.0.1", "::1:ffff:ffff", "2001:220::1"] {
            #expect(geography.place(of: address) == nil)
        }
    }

    private static func place(_ value: Any) -> Place? {
        let record = value as? [String: Any]
        let country = record?["country"] as? [String: Any]
        let names = (record?["city"] as? [String: Any])?["names"] as? [String: Any]
        return Place(
            country: country?["iso_code"] as? String, city: names?["en"] as? String)
    }
}
