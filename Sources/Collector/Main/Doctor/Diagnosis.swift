import ConveyProtocol
import Daemon
import HTTP
import Time

/// Decides what measured facts mean. Pure.
enum Diagnosis {
    // MARK: The machine

    /// A disk with a battery answers in some 30 µs, the fastest known memory on a bus in 15; below
    /// that nothing was written.
    private static let syncTimePlausible: Duration = .microseconds(15)
    private static let syncTimeGood: Duration = .milliseconds(50)
    private static let freeBytesMin: Int64 = 67_108_864

    static func disk(_ trial: DiskTrial) -> Finding {
        let time = "keeping 4 KiB takes \(trial.syncTime.wholeMicroseconds) µs"
        if trial.isMemory {
            return .error(
                "disk", "The data directory lies in memory: all events end with the machine.",
                "Set data_directory to a directory on a disk.")
        }
        if trial.syncTime < syncTimePlausible {
            return .warning(
                "disk", "The disk is implausibly fast: \(time).",
                """
                Something confirms writes without keeping them. Switch off write caching without a \
                battery, and the host's "unsafe" or "writeback" cache of this virtual disk.
                """)
        }
        if trial.syncTime > syncTimeGood {
            return .warning(
                "disk", "The disk is slow: \(time).",
                "Each answer waits that long; move data_directory to a faster disk.")
        }
        return .fine("disk", "It keeps its word: \(time).")
    }

    static func space(freeBytes: Int64, usedBytes: Int64, bytesMax: Int64) -> Finding {
        let mebibytes = { (bytes: Int64) in "\(bytes / 1_048_576) MiB" }
        if freeBytes < freeBytesMin {
            return .error(
                "space", "\(mebibytes(freeBytes)) are free on the disk.",
                "Free space; events are refused when none is left.")
        }
        if freeBytes < bytesMax - usedBytes {
            return .warning(
                "space",
                """
                The buffer may grow by \(mebibytes(bytesMax - usedBytes)), but only \
                \(mebibytes(freeBytes)) are free.
                """, "Free space, or lower buffer.bytes_max.")
        }
        return .fine("space", "\(mebibytes(freeBytes)) are free.")
    }

    /// - Parameter version: nil where dpkg does not know the library.
    static func library(_ version: DebianVersion?) -> Finding {
        guard let version else {
            return .skipped("packages", "dpkg does not know libevent-core-2.1-7.")
        }
        guard version >= DebianVersion("2.1.12-stable-8+deb12u1") else {
            return .error(
                "packages", "libevent \(version) has known faults.",
                "apt-get update && apt-get install libevent-core-2.1-7, then restart.")
        }
        return .fine("packages", "libevent \(version) has the known faults mended.")
    }

    // MARK: Files

    /// - Parameter mode: the file's permission bits; nil when it is not there.
    static func permissions(of path: String, mode: UInt32?) -> Finding {
        guard let mode else { return .skipped("permissions", "\(path) is not there yet.") }
        guard mode & 0o077 == 0 else {
            return .error(
                "permissions", "Others may look into \(path).", "chmod go= \(path)")
        }
        return .fine("permissions", "\(path) is its owner's alone.")
    }

    static func variables(_ unknown: [String]) -> Finding {
        guard unknown.isEmpty else {
            return .warning(
                "configuration",
                "These environment variables are no settings: \(unknown.joined(separator: " ")).",
                "Correct or remove them; config reference lists all.")
        }
        return .fine("configuration", "It is right.")
    }

    // MARK: Certificates and clock

    static func certificate(_ check: String, expiresAt: Timestamp, at now: Timestamp) -> Finding {
        let left = (expiresAt - now).components.seconds / 86_400
        if expiresAt <= now {
            return .error(check, "The certificate expired at \(expiresAt).", "Renew it.")
        }
        if left < 14 {
            return .warning(
                check, "The certificate expires in \(left) days.",
                "Renew it, and see why it was not renewed by itself.")
        }
        return .fine(check, "The certificate holds for \(left) days.")
    }

    /// - Parameter ahead: of the aggregator's clock over ours, known to a second or two.
    static func clock(ahead: Duration) -> Finding {
        let seconds = abs(ahead.components.seconds)
        let sentence =
            "This machine's clock is \(seconds) s \(ahead > .zero ? "behind" : "ahead of") "
            + "the aggregator's."
        if seconds > 300 {
            return .error(
                "clock", sentence, "Set the clock; timedatectl set-ntp true keeps it right.")
        }
        if seconds > 5 {
            return .warning(
                "clock", sentence + " Event times are corrected by it.",
                "timedatectl set-ntp true keeps it right.")
        }
        return .fine("clock", "It agrees with the aggregator's.")
    }

    // MARK: The way to the aggregator

    static func way(to origin: Origin, _ outcome: ServerProbe.Outcome, at now: Timestamp)
        -> [Finding]
    {
        let name = Finding.fine("name", "\(origin.authority) is known.")
        let connection = Finding.fine("connection", "\(origin.authority) takes connections.")
        switch outcome {
        case .unresolved:
            return [
                .error(
                    "name", "\(origin.authority) leads to no address.",
                    "Check the name, and this machine's /etc/resolv.conf.")
            ]
        case .unreachable(let fault):
            return [
                name,
                .error(
                    "connection", "\(origin.authority) takes no connection: \(fault.cause).",
                    "Check that the aggregator runs, and what firewalls stand between."),
            ]
        case .unsecured:
            return [
                name, connection,
                .error(
                    "TLS", "No secure connection comes up.",
                    "Check that port and scheme belong together, and what proxy stands between."),
            ]
        case .plain:
            return [
                name, connection,
                .warning(
                    "TLS", "The aggregator is reached without TLS.",
                    "Events can be read on the way; enrol again with an https:// URL."),
            ]
        case .secured(let certificate):
            let trust = certificate.distrust.map {
                Finding.error(
                    "trust", "The aggregator's certificate is not trusted: \($0).",
                    "Install ca-certificates, or enrol again with --authority FILE.")
            }
            return [
                name, connection,
                trust ?? .fine("trust", "The chain of its certificate is trusted."),
                Self.certificate("TLS", expiresAt: certificate.expiresAt, at: now),
            ]
        }
    }

    /// What the aggregator says to a signed request.
    static func answer(_ status: Int) -> Finding {
        switch status {
        case 200, 304: .fine("aggregator", "It knows this collector.")
        case 401, 403:
            .error(
                "aggregator", "It does not take this collector's key.",
                "Nothing is lost. Enrol again with a new token.")
        default:
            .warning(
                "aggregator", "It answers with status \(status).", "See the aggregator's log.")
        }
    }

    // MARK: What comes in

    static func proxies(_ trusted: [String], untrustedRequests: Int64) -> Finding {
        if untrustedRequests > 0 {
            return .error(
                "proxies",
                "\(untrustedRequests) requests came through a proxy that is not trusted.",
                "Name it in intake.trusted_proxies and reload; until then events have no address.")
        }
        if trusted.contains(where: { $0.hasSuffix("/0") }) {
            return .error(
                "proxies", "Everybody is trusted to say who a client is.",
                "Name only your own proxies in intake.trusted_proxies.")
        }
        return trusted.isEmpty
            ? .fine("proxies", "None is named, and none was seen.")
            : .fine("proxies", "\(trusted.joined(separator: " ")) may say who a client is.")
    }

    static func address(of site: SiteSettings.Site) -> Finding {
        let check = "address of \(site.name)"
        switch site.address {
        case .full: return .fine(check, "Events carry the visitor's whole address.")
        case .truncate:
            return .fine(
                check,
                """
                Addresses are cut to /24 and /48: Meta gets no client_ip_address, and matches fewer \
                conversions, above all of visitors without fbc or fbp.
                """)
        case .drop:
            return .warning(
                check,
                """
                Addresses are dropped: Meta gets no client_ip_address and matches fewer conversions; \
                the aggregator sees no address either.
                """,
                "Keep it so unless you may keep addresses; else set the site's address to full.")
        }
    }
}
