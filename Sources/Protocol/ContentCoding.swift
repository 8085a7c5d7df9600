/// How a batch's body is compressed; the value of `Content-Encoding`. None is legal, too.
package enum ContentCoding: String, CaseIterable, Sendable {
    case zstd, gzip
    /// zstd with the published dictionary.
    case dcz
}
