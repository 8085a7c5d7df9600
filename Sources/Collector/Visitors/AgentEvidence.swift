/// What a request says of the program that sent it: `User-Agent`, and the client hints that Chromium's
/// browsers send beside it.
/// - Source: RFC 9110, section 10.1.5; "User-Agent Client Hints" (WICG).
package struct AgentEvidence: Hashable, Sendable {
    static let userAgentBytesMax = 512
    static let brandsBytesMax = 256
    static let systemBytesMax = 64

    let userAgent: String?
    let brands: String?
    let system: String?
    let isMobile: Bool

    /// Takes field values as they were sent; what is longer than any honest one is cut.
    /// - Parameters:
    ///   - brands: `Sec-CH-UA`.
    ///   - system: `Sec-CH-UA-Platform`.
    ///   - isMobile: `Sec-CH-UA-Mobile` is `?1`.
    package init(
        userAgent: String?, brands: String? = nil, system: String? = nil, isMobile: Bool = false
    ) {
        self.userAgent = Self.cut(userAgent, Self.userAgentBytesMax)
        self.brands = Self.cut(brands, Self.brandsBytesMax)
        self.system = Self.cut(system, Self.systemBytesMax)
        self.isMobile = isMobile
    }

    private static func cut(_ text: String?, _ bytesMax: Int) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard text.utf8.count > bytesMax else { return text }
        return String(decoding: text.utf8.prefix(bytesMax), as: UTF8.self)
    }
}
