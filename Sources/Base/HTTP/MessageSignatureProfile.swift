package import Crypto
package import Time

/// The one way in which two programs sign to each other: label, tag, algorithm and what is covered.
///
/// A request covers method, authority, path, the query where there is one, and each of
/// `content-type`, `content-encoding`, `content-digest` exactly where it has them. An answer covers
/// its status, its type and digest where it has a body, and method, path and digest of its request,
/// so that no recorded answer fits another request.
/// - Source: protocol/SPEC.md, section 5.
package struct MessageSignatureProfile: Sendable {
    /// Names the signature in its fields.
    package let label: String
    /// Names the application, so that no signature made for another is accepted.
    package let tag: String

    /// Both sides make the same one.
    package init(label: String, tag: String) {
        self.label = label
        self.tag = tag
    }

    // MARK: Signing

    /// Adds signature fields to a request about to be sent; a body's digest must be there already.
    package func sign(
        _ headers: inout Headers, of request: SignableRequest, with key: SigningKey,
        at created: Timestamp
    ) {
        sign(
            &headers, .request(request), covering: Self.components(of: request), with: key,
            at: created)
    }

    /// Adds digest and signature fields to an answer about to be sent.
    package func sign(
        _ response: inout Response, to request: SignableRequest, with key: SigningKey,
        at created: Timestamp
    ) {
        if !response.body.isEmpty {
            response.headers.set("Content-Digest", ContentDigest.field(for: response.body))
        }
        let subject = SignatureSubject.answer(
            status: response.status, headers: response.headers, to: request)
        let components = Self.components(ofAnswerTo: request, hasBody: !response.body.isEmpty)
        sign(&response.headers, subject, covering: components, with: key, at: created)
    }

    private func sign(
        _ headers: inout Headers, _ subject: SignatureSubject,
        covering components: [SignatureComponent], with key: SigningKey, at created: Timestamp
    ) {
        var signature = MessageSignature(
            label: label, components: components,
            parameters: [
                "created": .integer(created.unixSeconds),
                "keyid": .string(key.verifyingKey.fingerprint),
                "alg": .string("ed25519"),
                "tag": .string(tag),
            ])
        do throws(SignatureRefusal) {
            try signature.sign(subject, with: key)
        } catch {
            preconditionFailure("An answer with a body has a Content-Type.")
        }
        signature.add(to: &headers)
    }

    // MARK: Checking

    /// Reads a request's signature and checks what it covers, before its key is looked up. Nothing
    /// of the request may be believed before `MessageSignature.verify(over:with:)`.
    package func read(_ request: SignableRequest) throws(SignatureRefusal) -> MessageSignature {
        for name in Self.fields where request.headers.occurrences(of: name) > 1 {
            throw .coverage
        }
        return try read(request.headers, covering: Self.components(of: request))
    }

    /// Checks that an answer is the pinned key's, belongs to the request, and has its body whole.
    /// - Returns: when it was signed, in Unix seconds, by the signer's clock.
    /// - Throws: whatever is thrown, the answer counts as never received.
    package func verify(
        _ response: Response, to request: SignableRequest, with key: VerifyingKey
    ) throws(SignatureRefusal) {
        let components = Self.components(ofAnswerTo: request, hasBody: !response.body.isEmpty)
        let signature = try read(response.headers, covering: components)
        guard signature.keyID == key.fingerprint else {
            throw .otherKey(fingerprint: signature.keyID ?? "")
        }
        try signature.verify(
            over: .answer(status: response.status, headers: response.headers, to: request),
            with: key)
        guard !response.body.isEmpty else { return }
        do throws(ContentDigestRefusal) {
            try ContentDigest.check(response.body, response.headers)
        } catch {
            throw .invalid
        }
    }

    private func read(
        _ headers: Headers, covering components: [SignatureComponent]
    ) throws(SignatureRefusal) -> MessageSignature {
        let signature = try MessageSignature(label: label, of: headers)
        guard signature.components == components else { throw .coverage }
        guard signature.parameters.members.map(\.key) == ["created", "keyid", "alg", "tag"],
            signature.created != nil, signature.keyID != nil,
            signature.parameters["alg"]?.string == "ed25519",
            signature.parameters["tag"]?.string == tag
        else { throw .parameters }
        return signature
    }

    // MARK: Coverage

    private static let fields = ["content-type", "content-encoding", "content-digest"]

    private static func components(of request: SignableRequest) -> [SignatureComponent] {
        var components: [SignatureComponent] = ["@method", "@authority", "@path"]
        if request.query != nil { components.append("@query") }
        for name in fields where request.headers.occurrences(of: name) > 0 {
            components.append(SignatureComponent(name))
        }
        return components
    }

    private static func components(
        ofAnswerTo request: SignableRequest, hasBody: Bool
    ) -> [SignatureComponent] {
        var components: [SignatureComponent] = ["@status"]
        if hasBody { components += ["content-type", "content-digest"] }
        components += [
            SignatureComponent("@method", ofRequest: true),
            SignatureComponent("@path", ofRequest: true),
        ]
        if request.headers.occurrences(of: "content-digest") > 0 {
            components.append(SignatureComponent("content-digest", ofRequest: true))
        }
        return components
    }
}
