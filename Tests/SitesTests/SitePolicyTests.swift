import ConveyProtocol
import Crypto
import Sites
import Store
import Tenancy
import TestSupport
import Testing
import Time

/// Goal: how a site's orders are judged is kept whole, inside its ranges, and tells when it changed.
/// Method: change one thing at a time and read it back.
@Suite struct SitePolicyTests {
    @Test(arguments: Backend.all) func startsWithTheDefaults(_ backend: Backend) async throws {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        let judged = try #require(
            try await tenants.write(acme) { tenant, _ in
                try SitePolicyTable(tenant).judged(site.number)
            })
        #expect(judged.policy == SitePolicy())
        #expect(judged.policyVersion == 0)
        #expect(judged.policy.grace == .seconds(3600))
        #expect(judged.policy.unknownConsent == .withhold)
        #expect(judged.policy.model == .lastNonDirect)
        #expect(!judged.needsConfirmation)
    }

    @Test(arguments: Backend.all) func keepsEverySetting(_ backend: Backend) async throws {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        var wanted = SitePolicy()
        wanted.countingStates = ["paid", "on-hold"]
        wanted.confirmation = .platform
        wanted.unknownConsent = .clickIDOnly
        wanted.grace = .seconds(72 * 3600)
        wanted.windowDays = 90
        wanted.model = .timeDecay
        wanted.sharing.halfLifeDays = 14
        wanted.sharing.positionPercents = .init(first: 20, last: 30)
        wanted.sharing.resetsOnConversion = true
        wanted.sharing.creditsDirect = true
        let kept = wanted
        let (changes, judged) = try await tenants.write(acme) { tenant, now in
            let table = SitePolicyTable(tenant)
            let changes = [
                try table.change(site, at: now) { $0 = kept },
                try table.change(site, at: now) { $0 = kept },
                try table.change(site, at: now) { $0.windowDays = nil },
            ]
            return (changes, try table.judged(site.number))
        }
        wanted.windowDays = nil
        #expect(changes == [true, false, true])
        #expect(judged?.policy == wanted)
        #expect(judged?.policyVersion == 2)
        #expect(judged?.needsConfirmation == true)
    }

    @Test(arguments: Backend.all)
    func asksForConfirmationWhereWebhooksAreSigned(_ backend: Backend) async throws {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let site = try await tenants.site(acme, "acme")
        let sealing = tenants.sealing
        for (use, needed) in [(SiteSettings.SecretUse.signing, false), (.shopify, true)] {
            let judged = try await tenants.write(acme) { tenant, now in
                try WebhookSecrets(tenant, sealing)
                    .set("secret", of: site, use, at: now, random: RandomBytes())
                return try SitePolicyTable(tenant).judged(site.number)
            }
            #expect(judged?.needsConfirmation == needed)
        }
    }

    @Test func refusesWhatIsOutOfRange() {
        let faults: [(SiteRefusal, (inout SitePolicy) -> Void)] = [
            (.wrongStates, { $0.countingStates = [] }),
            (.wrongStates, { $0.countingStates = ["Paid"] }),
            (.wrongGrace, { $0.grace = .seconds(72 * 3600 + 1) }),
            (.wrongGrace, { $0.grace = .seconds(-1) }),
            (.wrongWindow, { $0.windowDays = 0 }),
            (.wrongWindow, { $0.windowDays = 91 }),
            (.wrongHalfLife, { $0.sharing.halfLifeDays = 0 }),
            (.wrongPositions, { $0.sharing.positionPercents = .init(first: 60, last: 41) }),
            (.wrongPositions, { $0.sharing.positionPercents = .init(first: -1, last: 50) }),
            (.wrongPositions, { $0.sharing.positionPercents = .init(first: .max, last: .max) }),
        ]
        for (refusal, change) in faults {
            var policy = SitePolicy()
            change(&policy)
            #expect(policy.refusal == refusal)
        }
        #expect(SitePolicy().refusal == nil)
    }

    @Test(arguments: Backend.all) func anotherTenantsSiteIsNotThere(
        _ backend: Backend
    ) async throws {
        let tenants = try await Tenants.make(backend)
        let acme = try await tenants.organization("Acme")
        let other = try await tenants.organization("Other")
        let site = try await tenants.site(acme, "acme")
        let (seen, refusal) = try await tenants.write(other) { tenant, now in
            let table = SitePolicyTable(tenant)
            var refusal: SiteRefusal?
            do {
                try table.change(site, at: now) { $0.windowDays = 7 }
            } catch let error as SiteRefusal {
                refusal = error
            }
            return (try table.judged(site.number), refusal)
        }
        #expect(seen == nil)
        #expect(refusal == .unknownSite)
    }
}
