/// What a signature covers, in the order that the wire demands; the signing itself is HTTP's.
/// - Source: protocol/SPEC.md, section 5.
package enum SignatureRule {
    package static let label = "convey"
    package static let tag = "convey-1"
    /// How far `created` may lie from the aggregator's clock.
    package static let secondsMax = 300

    /// Which fields a request has.
    package struct RequestShape: Equatable, Sendable {
        package var hasQuery: Bool
        package var hasContentType: Bool
        package var hasContentEncoding: Bool
        package var hasContentDigest: Bool

        package init(
            hasQuery: Bool, hasContentType: Bool, hasContentEncoding: Bool, hasContentDigest: Bool
        ) {
            self.hasQuery = hasQuery
            self.hasContentType = hasContentType
            self.hasContentEncoding = hasContentEncoding
            self.hasContentDigest = hasContentDigest
        }
    }

    /// The components of a request, as they stand in `Signature-Input`.
    package static func request(_ shape: RequestShape) -> [String] {
        var components = [#""@method""#, #""@authority""#, #""@path""#]
        if shape.hasQuery { components.append(#""@query""#) }
        if shape.hasContentType { components.append(#""content-type""#) }
        if shape.hasContentEncoding { components.append(#""content-encoding""#) }
        if shape.hasContentDigest { components.append(#""content-digest""#) }
        return components
    }

    /// The components of an answer, as they stand in `Signature-Input`.
    package static func answer(hasBody: Bool, requestHasDigest: Bool) -> [String] {
        var components = [#""@status""#]
        if hasBody { components += [#""content-type""#, #""content-digest""#] }
        components += [#""@method";req"#, #""@path";req"#]
        if requestHasDigest { components.append(#""content-digest";req"#) }
        return components
    }
}
