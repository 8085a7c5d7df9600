import Foundation
import HTTP
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: Shopify's own sample bodies become sound events. Method: every file of the folder of real
/// inputs, signed by the test; where that folder is not beside the project the test is skipped and
/// says so.
@Suite struct RealBodiesTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("../shared/data/webhooks/shopify").standardizedFileURL

    private static var files: [URL] {
        let all = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        return (all ?? []).filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }

    @Test(.enabled(if: !files.isEmpty, "The folder of real webhook bodies is not here."))
    func takesEveryOne() throws {
        let harness = IntakeHarness()
        for file in Self.files {
            let name = file.deletingPathExtension().lastPathComponent
            let response = harness.webhook(
                Self.topic(name), Array(try Data(contentsOf: file)), id: name)
            #expect(response.status == 200, "\(name)")
        }
        let events = harness.store.events
        #expect(events.count == Self.files.count)
        for event in events {
            let id = try #require(event["id"])
            #expect(event.fault == nil, "\(id)")
            #expect(!event.text.contains("@example.com"), "\(id)")
            let isBare = event["type"]?.hasPrefix("shopify.") == true
            #expect(isBare == Self.bare.contains(id), "\(id)")
            let isOrder = id.contains("orders_") || id == "refunds_create"
            #expect(!isOrder || event["order.id"] != nil, "\(id)")
        }
        let derived = events.filter { $0["id"]?.hasPrefix("derived_") == true }
        #expect(derived.allSatisfy { $0["click.gclid"] != nil })
    }

    /// Those that are kept under their topic's name. The sample of a changed cart shows what that of
    /// the new one does.
    private static let bare: Set<String> = [
        "app_uninstalled", "carts_update", "checkouts_update", "customers_data_request",
        "customers_redact", "shop_redact",
    ]

    /// `derived_orders_paid_gclid` is a body of `orders/paid`.
    private static func topic(_ name: String) -> String {
        var parts = name.split(separator: "_").map(String.init)
        if parts.first == "derived" { parts = Array(parts[1...2]) }
        for resource in ["subscription_contracts"] where name.hasPrefix(resource) {
            return resource + "/" + name.dropFirst(resource.count + 1)
        }
        return parts[0] + "/" + parts.dropFirst().joined(separator: "_")
    }
}
