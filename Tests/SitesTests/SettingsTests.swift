import ConveyProtocol
import Crypto
import Gate
import Sites
import Store
import Tenancy
import TestSupport
import Testing
import Time

/// Goal: a collector is told everything of its own sites, nothing of others', and learns of every
/// change. Method: enrol, change one thing at a time, compare versions and contents.
@Suite struct SettingsTests {
    private static func enrolled(
        _ backend: Backend
    ) async throws -> (tenants: Tenants, organization: Int64, site: SiteRecord, edge: Edge) {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        _ = try await tenants.site(acme, "unserved")
        let collector = try await tenants.collector(acme, "edge-1", [site])
        let edge = Edge()
        _ = try await tenants.enrol(edge, try await tenants.token(acme, collector))
        return (tenants, acme, site, edge)
    }

    @Test(arguments: Backend.all) func tellsKeysAndSecrets(_ backend: Backend) async throws {
        let (tenants, acme, site, edge) = try await Self.enrolled(backend)
        let sealing = tenants.sealing
        let keys = try await tenants.write(acme) { tenant, now in
            let table = CredentialTable(tenant, at: now)
            let secrets = WebhookSecrets(tenant, sealing)
            for secret in ["first", "second", "third"] {
                try secrets.set(secret, of: site, .shopify, at: now, random: RandomBytes())
            }
            return [
                try table.add(.site, to: site, random: RandomBytes()),
                try table.add(.server, to: site, random: RandomBytes()),
            ]
        }
        let settings = try await tenants.settings(edge)
        let told = try #require(settings.sites.first)
        #expect(settings.sites.count == 1)
        #expect(told.name == "acme.myshopify.com")
        #expect(told.siteKeys == [keys[0]])
        #expect(told.serverKeys == [ServerKey.hash(keys[1])])
        let boxes = try #require(told.webhookSecrets["shopify"])
        let opened = boxes.map {
            WebhookSecretBox.open($0, for: site.id, .shopify, with: edge.box)
        }
        #expect(opened == ["third", "second"])
    }

    @Test(arguments: Backend.all) func tellsEverySecretByItsUse(_ backend: Backend) async throws {
        let (tenants, acme, site, edge) = try await Self.enrolled(backend)
        let sealing = tenants.sealing
        try await tenants.write(acme) { tenant, now in
            for use in SiteSettings.SecretUse.allCases {
                try WebhookSecrets(tenant, sealing)
                    .set("hush \(use)", of: site, use, at: now, random: RandomBytes())
            }
        }
        let told = try #require(try await tenants.settings(edge).sites.first)
        for use in SiteSettings.SecretUse.allCases {
            let box = try #require(told.webhookSecrets[use.rawValue]?.first)
            #expect(
                WebhookSecretBox.open(box, for: site.id, use, with: edge.box) == "hush \(use)")
        }
        #expect(told.webhookSecrets.count == SiteSettings.SecretUse.allCases.count)
    }

    @Test(arguments: Backend.all) func tellsWhatItsOwnerSet(_ backend: Backend) async throws {
        let (tenants, acme, site, edge) = try await Self.enrolled(backend)
        let wanted = Self.changed(site.settings)
        try await tenants.write(acme) { tenant, now in
            try SiteTable(tenant, at: now).change(site) { $0 = wanted }
        }
        let told = try #require(try await tenants.settings(edge).sites.first)
        #expect(told == wanted && told != site.settings)
    }

    private static func changed(_ site: SiteSettings.Site) -> SiteSettings.Site {
        var site = site
        site.country = "AT"
        (site.recordsLocation, site.tracksPageviews, site.tracksClicks) = (false, false, false)
        (site.takesCustomEvents, site.storage) = (false, .none)
        site.limits.cartRequestsPerMinute = 7
        site.warnsAbove = DecimalAmount(micros: 1)
        site.features = ["pixel": false]
        site.lanes = ["quiz": .conversion]
        return site
    }

    @Test(arguments: Backend.all) func everyChangeRaisesTheVersion(_ backend: Backend) async throws
    {
        let (tenants, acme, site, edge) = try await Self.enrolled(backend)
        let sealing = tenants.sealing
        var versions = [try await tenants.settings(edge).version]
        let changes: [@Sendable (TenantTransaction, Timestamp) throws -> Void] = [
            { _ = try CredentialTable($0, at: $1).add(.server, to: site, random: RandomBytes()) },
            { try CredentialTable($0, at: $1).revoke(1) },
            {
                try SiteTable($0, at: $1).change(site) { $0.origins = ["https://acme.example"] }
            },
            {
                try WebhookSecrets($0, sealing).set(
                    "s", of: site, .shopify, at: $1, random: RandomBytes())
            },
            { tenant, now in
                let collectors = CollectorTable(tenant, at: now)
                try collectors.serve(
                    try SiteTable(tenant, at: now).all(), by: try collectors.named("edge-1"))
            },
        ]
        for change in changes {
            try await tenants.write(acme, change)
            tenants.directory.forget()
            let settings = try await tenants.settings(edge)
            let known = try #require(try await tenants.known(edge))
            #expect(known.settings == settings.version)
            versions.append(settings.version)
        }
        #expect(zip(versions, versions.dropFirst()).allSatisfy { $0 < $1 })
        #expect(try await tenants.settings(edge).sites.count == 2)
    }

    @Test(arguments: Backend.all)
    func theVersionGrowsAcrossARestoredBackup(_ backend: Backend) async throws {
        let (tenants, acme, site, edge) = try await Self.enrolled(backend)
        let cached = try await tenants.settings(edge).version + 40
        tenants.clock.advance(by: .seconds(1))
        try await tenants.write(acme) { tenant, now in
            try SiteTable(tenant, at: now).change(site) { $0.isEnabled = false }
        }
        tenants.directory.forget()
        #expect(try await tenants.settings(edge).version > cached)
    }

    @Test(arguments: Backend.all) func anotherTenantsIdsAreUnknown(_ backend: Backend) async throws
    {
        let (tenants, acme, site, _) = try await Self.enrolled(backend)
        let rival = try await tenants.organization("Rival")
        let collector = try await tenants.write(acme) { tenant, now in
            try CollectorTable(tenant, at: now).named("edge-1")
        }
        _ = try await tenants.write(acme) { tenant, now in
            try CredentialTable(tenant, at: now).add(.server, to: site, random: RandomBytes())
        }
        try await tenants.write(rival) { tenant, now in
            let sites = SiteTable(tenant, at: now)
            let seen = try sites.all()
            #expect(seen.isEmpty)
            #expect(throws: SiteRefusal.unknownSite) { try sites.named(site.id.description) }
            #expect(throws: SiteRefusal.unknownSite) { try sites.named("acme.myshopify.com") }
            let collectors = CollectorTable(tenant, at: now)
            #expect(throws: SiteRefusal.unknownCollector) {
                try collectors.named(collector.id.description)
            }
            #expect(throws: SiteRefusal.unknownKey) {
                try CredentialTable(tenant, at: now).revoke(1)
            }
        }
    }

    @Test(arguments: Backend.all)
    func theDatabaseItselfKeepsTenantsApart(_ backend: Backend) async throws {
        let (tenants, _, site, _) = try await Self.enrolled(backend)
        let rival = try await tenants.organization("Rival")
        let own = try await tenants.site(rival, "rival")
        for stranger in [site, own] {
            let isOwn = stranger.number == own.number
            do {
                _ = try await tenants.collector(rival, "edge", [stranger])
                #expect(isOwn)
            } catch let fault as StoreFault {
                #expect(fault.kind == .constraint)
                #expect(!isOwn)
            }
        }
    }

    @Test(arguments: Backend.all) func findsAServerKeysOrganization(_ backend: Backend) async throws
    {
        let (tenants, acme, site, _) = try await Self.enrolled(backend)
        let key = try await tenants.write(acme) { tenant, now in
            try CredentialTable(tenant, at: now).add(.server, to: site, random: RandomBytes())
        }
        let find = { @Sendable (key: String) in
            try await tenants.store.read { try ServerKeyLookup.organization(of: key, in: $0) }
        }
        #expect(try await find(key) == acme)
        #expect(try await find(key + "x") == nil)
        try await tenants.write(acme) { try CredentialTable($0, at: $1).revoke(1) }
        #expect(try await find(key) == nil)
    }

    @Test(arguments: [
        ("Acme", "acme.myshopify.com"), ("https://ACME.myshopify.com/admin", "acme.myshopify.com"),
        ("", nil), ("a b", nil), ("acme.myshopify.com\n", nil), ("-x", nil),
    ])
    func spellsStoreNamesOneWay(_ text: String, _ expected: String?) {
        #expect(StoreName.canonical(text, .shopify) == expected)
    }

    @Test(arguments: [
        ("https://acme.example", true), ("http://127.0.0.1:8080", true), ("acme.example", false),
        ("https://acme.example/", false), ("https://", false), ("null", false),
        ("https://*.example", false),
    ])
    func knowsOrigins(_ text: String, _ isOrigin: Bool) {
        #expect(StoreName.isOrigin(text) == isOrigin)
    }
}
