import Buffer
import ConveyProtocol
import Crypto
import Daemon
import Delivery
import HTTP
import Settings
import Time

/// `doctor`: looks at everything that the collector needs, running or not, and says what to do. Changes
/// nothing, but for a small file that it writes and removes to try the disk.
struct Doctor {
    private let configuration: Configuration
    private let place: CollectorPlace
    private let clock: any WallClock = SystemClock()

    init(_ configuration: Configuration) {
        self.configuration = configuration
        place = CollectorPlace(configuration)
    }

    /// 0 without errors, 1 with them.
    func run(wantsJSON: Bool) async -> Int32 {
        let report = DoctorReport(findings: await findings())
        Terminal.tell(part: wantsJSON ? report.json() + [10] : Array((report.text() + "\n").utf8))
        return report.exitStatus
    }

    private func findings() async -> [Finding] {
        let running = await CollectorFacts(place).look()
        return [Diagnosis.variables(configuration.unknownVariables)]
            + [running.finding] + files + disk(running) + certificates
            + [
                Diagnosis.library(InstalledPackages.version(of: "libevent-core-2.1-7")),
                Diagnosis.proxies(
                    configuration[CollectorConfiguration.trustedProxies],
                    untrustedRequests: running.untrustedProxyRequests),
            ] + (await aggregator())
    }

    // MARK: This machine

    private var files: [Finding] {
        [place.directory, "\(place.directory)/collector.pem"].map {
            Diagnosis.permissions(of: $0, mode: DiskFile.permissions($0))
        }
    }

    private func disk(_ running: CollectorFacts.Facts) -> [Finding] {
        do throws(SystemFault) {
            let trial = try DiskTrial.run(in: place.directory)
            let used = running.usedBytes ?? DiskFile.byteCount(place.buffer)
            return [
                Diagnosis.disk(trial),
                Diagnosis.space(
                    freeBytes: try DiskFile.freeBytes(at: place.directory), usedBytes: used,
                    bytesMax: Int64(configuration[CollectorConfiguration.bufferBytesMax])),
            ]
        } catch {
            return [.error("disk", "\(error.operation): \(error.cause).", error.remedy)]
        }
    }

    private var certificates: [Finding] {
        do {
            let context = try CollectorConfiguration.listen.makeTLSContext(configuration)
            guard let expiresAt = context?.expiresAt else { return [] }
            return [
                Diagnosis.certificate("own certificate", expiresAt: expiresAt, at: clock.now())
            ]
        } catch let fault as any Fault {
            return [.error("own certificate", fault.sentence, fault.remedy)]
        } catch {
            return [.error("own certificate", "It cannot be read.", "Check the file.")]
        }
    }

    // MARK: The aggregator

    private func aggregator() async -> [Finding] {
        do {
            guard let identity = try IdentityPlace(directory: place.directory).read() else {
                return [
                    .error(
                        "enrolment", "This collector is not enrolled.",
                        "Run convey-collector enroll URL TOKEN.")
                ]
            }
            let origin = identity.aggregator
            let outcome = await ThreadExecutor(name: "probe").run {
                ServerProbe.look(
                    at: origin, trusting: identity.clientSettings.trust, within: .seconds(5))
            }
            let way = Diagnosis.way(to: origin, outcome, at: clock.now())
            guard !way.contains(where: { $0.verdict == .error }) else {
                return way + [.skipped("aggregator", "It cannot be reached.")]
            }
            return way + (await conversation(identity))
        } catch let fault as any Fault {
            return [.error("enrolment", fault.sentence, fault.remedy)]
        } catch {
            return [.error("enrolment", "It cannot be read.", "Enrol this collector again.")]
        }
    }

    /// Asks for the settings, signed, and learns from the answer.
    private func conversation(_ identity: EdgeIdentity) async -> [Finding] {
        var settings = identity.clientSettings
        settings.totalTimeout = .seconds(10)
        let exchange = identity.exchange(over: Client(settings, name: "doctor"))
        let question = SignedExchange.Message(.get, SiteSettings.path)
        do throws(ExchangeFault) {
            var answer = try await exchange.send(question, at: clock.now())
            let ahead = ahead(in: answer)
            if answer.status == 401, let ahead, ahead != .zero {
                answer = try await exchange.send(question, at: clock.now() + ahead)
            }
            return [Diagnosis.answer(answer.status)]
                + (ahead.map { [Diagnosis.clock(ahead: $0)] } ?? [])
                + addresses(in: answer)
        } catch {
            return [.error("aggregator", "\(error.cause).", error.remedy)]
        }
    }

    /// How far the aggregator's clock is ahead of ours: when an answer was signed is part of what is
    /// signed, to the second.
    private func ahead(in answer: Response) -> Duration? {
        do throws(SignatureRefusal) {
            let signature = try MessageSignature(label: SignatureRule.label, of: answer.headers)
            return signature.created.map { Timestamp(unixSeconds: $0) - clock.now() }
        } catch {
            return nil
        }
    }

    private func addresses(in answer: Response) -> [Finding] {
        guard answer.status == 200 else { return [] }
        do {
            let sites = try SiteSettings(json: answer.body).sites
            guard !sites.isEmpty else {
                return [
                    .warning(
                        "sites", "No site is given to this collector.",
                        "On the aggregator: convey-aggregator sites add, with this collector.")
                ]
            }
            return sites.prefix(20).map(Diagnosis.address)
        } catch {
            return [
                .error(
                    "sites", "The settings are not understood.",
                    "Upgrade the collector to the aggregator's version.")
            ]
        }
    }
}
