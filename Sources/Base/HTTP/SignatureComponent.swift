/// One part of a message that a signature covers.
///
/// The parts of RFC 9421 that are built: `@method`, `@authority`, `@path`, `@query`, `@status`, and
/// fields as they stand; with `;req`, the same of the request that an answer belongs to.
/// - Source: RFC 9421, sections 2.1, 2.2 and 2.4.
package struct SignatureComponent: Hashable, Sendable {
    /// A field's name in lower case, or a derived name that begins with `@`.
    package let name: String
    /// Whether the part is taken from the request while an answer is signed.
    package let isOfRequest: Bool

    /// Names a part; the name is lower-cased.
    package init(_ name: String, ofRequest isOfRequest: Bool = false) {
        self.name = name.lowercased()
        self.isOfRequest = isOfRequest
    }

    /// Reads a component identifier; nil for a part that is not built, an unknown parameter or an
    /// upper-case name, so that nothing unusual is ever taken for verified.
    init?(_ item: StructuredItem) {
        guard let name = item.value.string, !name.isEmpty, name == name.lowercased(),
            name.utf8.first == UInt8(ascii: "@")
                ? Self.derivedNames.contains(name) : name.utf8.allSatisfy(ASCII.isToken)
        else { return nil }
        switch item.parameters.members.map(\.key) {
        case []: self.init(name)
        case ["req"] where item.parameters["req"] == .boolean(true):
            self.init(name, ofRequest: true)
        default: return nil
        }
    }

    var item: StructuredItem {
        StructuredItem(.string(name), isOfRequest ? ["req": .boolean(true)] : [:])
    }

    private static let derivedNames: Set<String> = [
        "@method", "@authority", "@path", "@query", "@status",
    ]
}

extension SignatureComponent: ExpressibleByStringLiteral {
    /// Names a part of the message itself.
    package init(stringLiteral name: String) { self.init(name) }
}

/// What a signature is made over: a request, or an answer together with its request.
package enum SignatureSubject: Sendable {
    case request(SignableRequest)
    case answer(status: Int, headers: Headers, to: SignableRequest)

    /// The component's value as it stands in the signature base; nil where the message lacks it.
    package func value(of component: SignatureComponent) -> String? {
        switch self {
        case .request(let request):
            return component.isOfRequest ? nil : request.value(of: component.name)
        case .answer(let status, let headers, let request):
            if component.isOfRequest { return request.value(of: component.name) }
            if component.name == "@status" { return String(status) }
            return component.name.utf8.first == UInt8(ascii: "@")
                ? nil : headers.signatureValue(component.name)
        }
    }
}

/// The parts of a request that signatures see.
package struct SignableRequest: Sendable {
    /// As on the wire.
    package let method: String
    /// Host and port in lower case, without the scheme's default port.
    package let authority: String
    /// As on the wire, percent-encoding and all; `/` where the target has none.
    package let path: String
    /// Without its question mark; nil where the target has none.
    package let query: String?
    /// All fields, signature fields included once it is signed.
    package let headers: Headers

    /// Takes the parts of a request about to be sent.
    package init(method: String, authority: String, target: String, headers: Headers) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        self.authority = authority.lowercased()
        path = parts.first.map { $0.isEmpty ? "/" : String($0) } ?? "/"
        query = parts.count > 1 ? String(parts[1]) : nil
        self.headers = headers
    }

    /// Takes the parts of a request that came in; its authority is the `Host` field.
    package init(_ request: Request) {
        let host = (request.headers["Host"] ?? "").lowercased()
        let defaultPort = request.isTLS ? ":443" : ":80"
        method = request.method.name
        authority =
            host.hasSuffix(defaultPort) ? String(host.dropLast(defaultPort.utf8.count)) : host
        path = request.path
        query = request.rawQuery
        headers = request.headers
    }

    func value(of name: String) -> String? {
        switch name {
        case "@method": method
        case "@authority": authority
        case "@path": path
        case "@query": query.map { "?" + $0 }
        default: name.utf8.first == UInt8(ascii: "@") ? nil : headers.signatureValue(name)
        }
    }
}

extension Headers {
    /// All values under a name, trimmed and joined; nil where there are none.
    /// - Source: RFC 9421, section 2.1.
    func signatureValue(_ name: String) -> String? {
        let values = values(name)
        guard !values.isEmpty else { return nil }
        return values.map(Self.trimmed).joined(separator: ", ")
    }

    private static func trimmed(_ value: String) -> String {
        let isBlank = { (byte: UInt8) in byte == ASCII.space || byte == ASCII.horizontalTab }
        let rest = value.utf8.drop(while: isBlank)
        guard let end = rest.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(Substring(rest[...end]))
    }
}
