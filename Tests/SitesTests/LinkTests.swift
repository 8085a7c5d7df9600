import ConveyProtocol
import Crypto
import Sites
import Store
import Tenancy
import TestSupport
import Testing
import Time

/// Goal: a campaign link leads where its owner may send shoppers, under a code that is nobody else's,
/// and collectors know it as it is. Method: make and change links, and ask as a collector.
@Suite struct LinkTests {
    private struct World {
        let tenants: Tenants
        let acme: Int64
        let site: SiteRecord
        let edge = Edge()

        static func make(_ backend: Backend) async throws -> World {
            let tenants = try await Tenants.make(backend)
            let acme = try await tenants.organization("Acme")
            let site = try await tenants.site(acme, "acme")
            let world = World(tenants: tenants, acme: acme, site: site)
            let collector = try await tenants.collector(acme, "edge-1", [site])
            _ = try await tenants.enrol(world.edge, try await tenants.token(acme, collector))
            return world
        }

        @discardableResult
        func add(
            _ target: String = "https://acme.myshopify.com/sale",
            fill: @escaping @Sendable (inout LinkContent) -> Void = { _ in }
        ) async throws -> LinkRecord {
            let site = site
            return try await tenants.write(acme) { tenant, now in
                var content = LinkContent(target: target)
                fill(&content)
                return try LinkTable(tenant, at: now)
                    .add(content, to: site, random: RandomBytes())
            }
        }

        /// What the collector is told after whatever happened.
        func served() async throws -> [SiteSettings.CampaignLink] {
            tenants.directory.forget()
            return try await tenants.settings(edge).sites.first?.links ?? []
        }
    }

    @Test(arguments: Backend.all) func keepsEverything(_ backend: Backend) async throws {
        let world = try await World.make(backend)
        let expiry = world.tenants.clock.wall.now() + .seconds(60)
        let made = try await world.add {
            $0.code = "Spring_26"
            $0.place.platform = "youtube"
            $0.place.channel = "Größe Köln"
            $0.place.placement = "description"
            $0.place.videoID = "dQw4w9WgXcQ"
            $0.template.source = "{platform}"
            $0.template.medium = "video"
            $0.template.campaign = "{code} {video_id}"
            $0.template.term = "{channel}"
            $0.template.content = "{placement}"
            $0.windowDays = 7
            $0.expiresAt = expiry
        }
        let (named, all) = try await world.tenants.write(world.acme) { tenant, now in
            let table = LinkTable(tenant, at: now)
            #expect(try table.named("Spring_26") == made)
            return (try table.named(made.id.description), try table.all())
        }
        #expect(named == made && all == [made])
        let served = try #require(try await world.served().first)
        #expect(served.id == made.id.description && served.code == "Spring_26")
        #expect(served.windowDays == 7 && served.expiresAt == expiry)
        #expect(
            served.target == "https://acme.myshopify.com/sale?utm_source=youtube&utm_medium=video"
                + "&utm_campaign=Spring_26%20dQw4w9WgXcQ&utm_term=Gr%C3%B6%C3%9Fe%20K%C3%B6ln"
                + "&utm_content=description")
    }

    @Test(arguments: Backend.all) func makesCodesOfItsOwn(_ backend: Backend) async throws {
        let world = try await World.make(backend)
        var codes: Set<String> = []
        for _ in 0..<20 { codes.insert(try await world.add().content.code) }
        #expect(codes.count == 20)
        #expect(codes.allSatisfy { $0.count == 7 && SiteSettings.CampaignLink.isCode($0) })
    }

    @Test(arguments: Backend.all)
    func aCodeIsTakenOnlyWhileItsLinkIsThere(_ backend: Backend) async throws {
        let world = try await World.make(backend)
        let first = try await world.add { $0.code = "sale" }
        await #expect(throws: LinkRefusal.codeTaken) { try await world.add { $0.code = "sale" } }
        let other = try await world.add { $0.code = "Sale" }
        let site = world.site
        try await world.tenants.write(world.acme) { tenant, now in
            let table = LinkTable(tenant, at: now)
            #expect(throws: LinkRefusal.codeTaken) {
                _ = try table.change(other, of: site) { $0.code = "sale" }
            }
            try table.remove(first)
            #expect(throws: LinkRefusal.unknownLink) { try table.named("sale") }
            #expect(throws: LinkRefusal.unknownLink) { try table.named(first.id.description) }
            _ = try table.change(other, of: site) { $0.code = "sale" }
        }
        #expect(try await world.served().map(\.id) == [other.id.description])
    }

    @Test(arguments: Backend.all)
    func anotherTenantMayHaveTheSameCodeAndSeesNothing(_ backend: Backend) async throws {
        let world = try await World.make(backend)
        let link = try await world.add { $0.code = "sale" }
        let rival = try await world.tenants.organization("Rival")
        let own = try await world.tenants.site(rival, "rival")
        try await world.tenants.write(rival) { tenant, now in
            let table = LinkTable(tenant, at: now)
            #expect(try table.all().isEmpty)
            #expect(try SiteLinkWindows(tenant).days(ofSite: link.site).isEmpty)
            #expect(throws: LinkRefusal.unknownLink) { try table.named("sale") }
            #expect(throws: LinkRefusal.unknownLink) { try table.named(link.id.description) }
            var content = LinkContent(target: "https://rival.myshopify.com")
            content.code = "sale"
            _ = try table.add(content, to: own, random: RandomBytes())
        }
        #expect(try await world.served().map(\.id) == [link.id.description])
    }

    @Test(arguments: Backend.all)
    func leadsOnlyToTheSitesOwnAndToListedHosts(_ backend: Backend) async throws {
        let world = try await World.make(backend)
        let site = world.site
        try await world.tenants.write(world.acme) { tenant, now in
            try SiteTable(tenant, at: now).change(site) { $0.origins = ["https://acme.example"] }
        }
        try await world.add("https://acme.myshopify.com/a")
        let stale = world
        await #expect(throws: LinkRefusal.foreignTarget(host: "partner.example")) {
            try await stale.add("https://partner.example/b")
        }
        try await world.tenants.write(world.acme) { tenant, now in
            let hosts = LinkHosts(tenant, at: now)
            try hosts.allow("Partner.example")
            try hosts.allow("*.partner.example")
            try hosts.allow("*.partner.example")
            #expect(try hosts.all() == ["*.partner.example", "partner.example"])
            for host in ["", "*", "*.com", "a b", "https://x.example", "x.example/", "-x.example"] {
                #expect(throws: LinkRefusal.wrongHost, "\(host)") { try hosts.allow(host) }
            }
        }
        try await world.add("https://partner.example/b")
        try await world.add("https://SHOP.partner.example:8443/c")
        let foreign = LinkRefusal.foreignTarget(host: "evilpartner.example")
        await #expect(throws: foreign) { try await world.add("https://evilpartner.example") }
        #expect(try await world.served().count == 3)
        let before = try await world.tenants.settings(world.edge).version
        try await world.tenants.write(world.acme) { tenant, now in
            let hosts = LinkHosts(tenant, at: now)
            try hosts.disallow("partner.example")
            #expect(throws: LinkRefusal.unknownHost) { try hosts.disallow("partner.example") }
        }
        #expect(try await world.served().count == 2)
        #expect(try await world.tenants.settings(world.edge).version > before)
    }

    @Test(arguments: Backend.all) func everyChangeReachesCollectors(_ backend: Backend) async throws
    {
        let world = try await World.make(backend)
        let link = try await world.add()
        let site = world.site
        var versions = [try await world.tenants.settings(world.edge).version]
        let changes: [@Sendable (LinkTable) throws -> Bool] = [
            { try $0.change(link, of: site) { $0.windowDays = 3 } },
            { try $0.change(link, of: site) { $0.target = "https://acme.myshopify.com/new" } },
            { try $0.change(link, of: site) { $0.isEnabled = false } },
            {
                try $0.remove(link)
                return false
            },
        ]
        var windowsChanged: [Bool] = []
        var counts: [Int] = []
        for change in changes {
            windowsChanged.append(
                try await world.tenants.write(world.acme) { try change(LinkTable($0, at: $1)) })
            counts.append(try await world.served().count)
            versions.append(try await world.tenants.settings(world.edge).version)
        }
        #expect(counts == [1, 1, 0, 0])
        #expect(windowsChanged == [true, false, false, false])
        #expect(zip(versions, versions.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test(arguments: Backend.all)
    func windowsOutliveTheirLinks(_ backend: Backend) async throws {
        let world = try await World.make(backend)
        let link = try await world.add { $0.windowDays = 3 }
        try await world.add()
        let site = world.site
        let windows = try await world.tenants.write(world.acme) { tenant, now in
            try LinkTable(tenant, at: now).remove(link)
            return try SiteLinkWindows(tenant).days(ofSite: site.number)
        }
        #expect(windows == [link.id.description: 3])
    }

    @Test(arguments: Backend.all)
    func anExpiryLiesInTheFutureWhenItIsSet(_ backend: Backend) async throws {
        let world = try await World.make(backend)
        let now = world.tenants.clock.wall.now()
        await #expect(throws: LinkRefusal.wrongExpiry) {
            try await world.add { $0.expiresAt = now }
        }
        let link = try await world.add { $0.expiresAt = now + .seconds(1) }
        world.tenants.clock.advance(by: .seconds(2))
        let site = world.site
        try await world.tenants.write(world.acme) { tenant, now in
            let table = LinkTable(tenant, at: now)
            _ = try table.change(link, of: site) { $0.windowDays = 3 }
            #expect(throws: LinkRefusal.wrongExpiry) {
                _ = try table.change(link, of: site) { $0.expiresAt = now }
            }
        }
    }

    /// Ten thousand of them still fit into settings that collectors read.
    @Test(arguments: Backend.all) func endsAtTenThousandLinks(_ backend: Backend) async throws {
        let world = try await World.make(backend)
        let first = try await world.add()
        let (organization, site) = (world.acme, first.site)
        _ = try await world.tenants.store.write { tx in
            try tx.run(Self.insertMany, .integer(organization), .integer(site))
        }
        await #expect(throws: LinkRefusal.tooMany) { try await world.add() }
        let settings = try await world.tenants.settings(world.edge)
        #expect(settings.sites.first?.links.count == 10_000)
        #expect(settings.json().count < SiteSettings.bytesMax)
        try await world.tenants.write(organization) { tenant, now in
            try LinkTable(tenant, at: now).remove(first)
        }
        try await world.add()
    }

    /// Each database has its own way to bytes that differ.
    private static let insertMany = SQL(
        sqlite: """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
            INSERT INTO site_link (organization, site, id, code, target, is_enabled, created_at_us)
            SELECT $1, $2, randomblob(16), 'code-' || i, 'https://acme.myshopify.com/' || i, 1, 1
            FROM n
            """,
        postgres: """
            INSERT INTO site_link (organization, site, id, code, target, is_enabled, created_at_us)
            SELECT $1, $2, decode(md5('' || i), 'hex'), 'code-' || i,
                'https://acme.myshopify.com/' || i, 1, 1
            FROM generate_series(1, 9999) AS n (i)
            """)

    @Test(arguments: Backend.all) func refusesWhatIsOutOfRange(_ backend: Backend) async throws {
        let world = try await World.make(backend)
        let long = String(repeating: "x", count: 201)
        let faults: [(LinkRefusal, @Sendable (inout LinkContent) -> Void)] = [
            (.wrongCode, { $0.code = "a/b" }), (.wrongCode, { $0.code = "-a" }),
            (.wrongCode, { $0.code = String(repeating: "a", count: 65) }),
            (.wrongCode, { $0.code = "ä" }),
            (.wrongWindow, { $0.windowDays = 0 }), (.wrongWindow, { $0.windowDays = 91 }),
            (.wrongText, { $0.place.channel = long }), (.wrongText, { $0.place.platform = "" }),
            (.wrongText, { $0.place.placement = "a\nb" }), (.wrongText, { $0.template.term = "" }),
            (.wrongTemplate, { $0.template.source = "{plattform}" }),
            (.wrongTemplate, { $0.template.source = "{" }),
            (.wrongTarget, { $0.target = "http://acme.myshopify.com" }),
            (.wrongTarget, { $0.target += "?x=" + String(repeating: "y", count: 2048) }),
            (
                .wrongTarget,
                {
                    $0.target += "/" + String(repeating: "y", count: 2000)
                    $0.template.source = "a source of more than forty-eight characters, all told"
                }
            ),
        ]
        for (refusal, fill) in faults {
            await #expect(throws: refusal) { try await world.add(fill: fill) }
        }
    }
}

/// Goal: a target is an address that every browser reads alike, tags are added without touching the
/// rest, and a video is known by what people paste. Method: tables of texts.
@Suite struct LinkTextTests {
    @Test(arguments: [
        ("https://shop.example", "shop.example"),
        ("HTTPS://Shop.Example:443/a?b=c#d", "shop.example"),
        ("https://127.0.0.1:8080/x", "127.0.0.1"),
        ("https://shop.example?x=https://other.example/@", "shop.example"),
        ("http://shop.example", nil), ("//shop.example", nil), ("shop.example", nil),
        ("javascript:alert(1)", nil), ("https:///shop.example", nil), ("https://", nil),
        ("https://a@shop.example", nil), ("https://shop.example\\@other.example", nil),
        ("https://shop.example@other.example/", nil), ("https://shop..example", nil),
        ("https://shop.example:0", nil), ("https://shop.example:65536", nil),
        ("https://shop.example:8:8", nil), ("https://shop%2eexample", nil),
        ("https://shöp.example", nil), ("https://shop.example/a b", nil),
        ("https://shop.example/\r\nSet-Cookie:x", nil), ("https://-shop.example", nil),
        ("https://shop.example./", nil), ("https://[::1]/", nil),
    ])
    func knowsTargets(_ text: String, _ host: String?) {
        #expect(LinkTarget(text)?.host == host)
    }

    @Test(arguments: [
        ("https://a.example", "https://a.example?utm_source=x%26y"),
        ("https://a.example/?", "https://a.example/?utm_source=x%26y"),
        ("https://a.example/p?q=1&", "https://a.example/p?q=1&utm_source=x%26y"),
        ("https://a.example/p?q=1#f?g", "https://a.example/p?q=1&utm_source=x%26y#f?g"),
        ("https://a.example/#f", "https://a.example/?utm_source=x%26y#f"),
        ("https://a.example/?utm_source=own", "https://a.example/?utm_source=own"),
    ])
    func addsTags(_ target: String, _ tagged: String) {
        var content = LinkContent(target: target)
        content.template.source = "x&y"
        content.template.term = "{channel}"
        #expect(content.taggedTarget == tagged)
    }

    @Test(arguments: [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3s", "youtube", "dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=x", "youtube", "dQw4w9WgXcQ"),
        ("youtube.com/shorts/abc_DEF-123", "youtube", "abc_DEF-123"),
        ("https://m.youtube.com/live/abc_DEF-123#x", "youtube", "abc_DEF-123"),
        ("https://www.youtube-nocookie.com/embed/abc_DEF-123", "youtube", "abc_DEF-123"),
        ("https://vimeo.com/channels/staff/76979871", "vimeo", "76979871"),
        ("https://player.vimeo.com/video/76979871?h=1", "vimeo", "76979871"),
        ("https://www.tiktok.com/@a.b/video/7106594312292453675", "tiktok", "7106594312292453675"),
        ("https://www.instagram.com/reel/Cx1_yz-A/?igsh=1", "instagram", "Cx1_yz-A"),
        ("https://www.twitch.tv/videos/1234567890", "twitch", "1234567890"),
        ("https://clips.twitch.tv/Some-Slug", "twitch", "Some-Slug"),
        ("https://www.facebook.com/watch/?v=1020304050", "facebook", "1020304050"),
        (" https://dai.ly/x8abcde \n", "dailymotion", "x8abcde"),
        ("dQw4w9WgXcQ", nil, "dQw4w9WgXcQ"),
        ("https://vm.tiktok.com/ZMabc/", nil, nil), ("https://youtube.com/watch", nil, nil),
        ("https://youtube.com/watch?v=a%20b", nil, nil),
        ("https://evil.example/watch?v=x", nil, nil),
        ("", nil, nil), ("a/b", nil, nil),
    ])
    func readsVideos(_ pasted: String, _ platform: String?, _ id: String?) {
        let video = VideoAddress(pasted)
        #expect(video?.platform == platform)
        #expect(video?.id == id)
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max)])
    func anyTextIsReadOrRefused(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pieces = [
            "https://", "youtu.be", "/", "?", "v=", "&", "#", "=", "%", "ü", ".", "a", ":",
        ]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            if let target = LinkTarget(text) {
                #expect(target.text.lowercased().hasPrefix("https://\(target.host)"))
            }
            if let video = VideoAddress(text) { #expect((1...64).contains(video.id.utf8.count)) }
        }
    }
}
