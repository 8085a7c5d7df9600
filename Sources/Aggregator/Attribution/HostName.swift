/// Questions about host names of referrers; all in lower case.
enum HostName {
    /// The host without a leading `www.`.
    static func bare(_ host: String) -> String {
        guard host.utf8.starts(with: "www.".utf8) else { return host }
        return String(Substring(host.utf8.dropFirst(4)))
    }

    /// Whether a host is this one or lies below it.
    static func isHost(_ host: String, in above: String) -> Bool {
        let (host, above) = (host.utf8, above.utf8)
        guard host.count > above.count else { return host.elementsEqual(above) }
        let rest = host.suffix(above.count + 1)
        return rest.first == UInt8(ascii: ".") && rest.dropFirst().elementsEqual(above)
    }

    /// The label before the public suffix: `google` of `www.google.co.uk`. Nil for a single label.
    static func brand(ofLabels labels: [Substring]) -> String? {
        var end = labels.count - 1
        guard end > 0 else { return nil }
        if end > 1, labels[end].utf8.count == 2, secondLevels.contains(labels[end - 1]) { end -= 1 }
        return String(labels[end - 1])
    }

    private static let secondLevels: Set<Substring> = [
        "ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org",
    ]
}
