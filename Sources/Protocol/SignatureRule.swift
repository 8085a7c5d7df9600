/// How messages are signed; what a signature covers is HTTP's `MessageSignatureProfile`.
/// - Source: protocol/SPEC.md, section 5.
package enum SignatureRule {
    /// Names the signature in its fields.
    package static let label = "convey"
    /// Names the application and its version.
    package static let tag = "convey-1"
    /// How far `created` may lie from the aggregator's clock.
    package static let secondsMax = 300
}
