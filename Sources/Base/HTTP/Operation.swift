/// What a route does, declared beside it: what the OpenAPI document says of the route, and what tests
/// hold its answers against.
package struct Operation: Sendable {
    /// Names it among all operations of a program.
    package let id: String
    /// A few words.
    package let summary: String
    /// What a caller cannot see from the schemas.
    package var details: String?
    /// Any one of these vouches for the caller; empty asks for none.
    package var keys: [Key] = []
    /// Beside those in `keys`.
    package var parameters: [Parameter] = []
    /// The forms that the body may have; empty takes none.
    package var request: [Content] = []
    /// Every status that may come, in the document's order.
    package var replies: [Reply] = []

    /// Starts with what every operation has.
    package init(_ id: String, _ summary: String) {
        self.id = id
        self.summary = summary
    }

    /// Where a key may stand.
    package enum Key: String, CaseIterable, Sendable {
        case bearer, basic, apiKey, siteKey, siteKeyQuery
    }

    /// A path's part, a query's parameter or a header field.
    package struct Parameter: Sendable {
        /// Where it stands.
        package enum Place: String, Sendable { case path, query, header }
        /// Where it stands.
        package let place: Place
        /// As it is written.
        package let name: String
        /// What it is for.
        package let details: String
        /// Its JSON Schema.
        package let schema: String
        /// Whether it must be there; what stands in a path always must.
        package var isRequired = false

        /// Describes one parameter; a string unless the schema says otherwise.
        package init(
            _ place: Place, _ name: String, _ details: String,
            schema: String = #"{"type":"string"}"#
        ) {
            (self.place, self.name, self.details) = (place, name, details)
            self.schema = schema
            isRequired = place == .path
        }
    }

    /// A schema (JSON Schema 2020-12, as text) under a name that others may refer to by
    /// `#/components/schemas/NAME`.
    package struct Schema: Sendable {
        /// Unique in a document.
        package let name: String
        /// Its text.
        package let json: String
        /// Those that its text refers to.
        package var uses: [Schema] = []

        /// Names a schema.
        package init(_ name: String, _ json: String, uses: [Schema] = []) {
            (self.name, self.json, self.uses) = (name, json, uses)
        }
    }

    /// One form of a body.
    package struct Content: Sendable {
        /// Its media type.
        package let type: String
        /// Nil for what is no JSON.
        package let schema: Schema?
        /// JSON text that the schema takes.
        package var example: String?

        /// Describes one form.
        package init(_ type: String, _ schema: Schema?, example: String? = nil) {
            (self.type, self.schema, self.example) = (type, schema, example)
        }
    }

    /// One status that may come.
    package struct Reply: Sendable {
        /// The HTTP status.
        package let status: Int
        /// When it comes.
        package let details: String
        /// Names of fields that come along, with what they say.
        package var headers: [String: String] = [:]
        /// The forms that its body may have; empty for none.
        package var content: [Content] = []

        /// Describes one status.
        package init(
            _ status: Int, _ details: String, headers: [String: String] = [:],
            _ content: [Content] = []
        ) {
            (self.status, self.details) = (status, details)
            (self.headers, self.content) = (headers, content)
        }
    }
}

extension Route {
    /// The same route with its description.
    package func described(_ operation: Operation?) -> Route {
        var route = self
        route.operation = operation
        return route
    }
}

extension Operation.Schema {
    /// The shape of errors, by RFC 9457.
    package static let problem = Operation.Schema(
        "Problem",
        """
        {"type":"object","required":["type","title","status","code"],"properties":{\
        "type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},\
        "code":{"type":"string"},"detail":{"type":"string"},"request_id":{"type":"string"},\
        "errors":{"type":"array","items":{"type":"object",\
        "required":["pointer","code","message"],"properties":{"pointer":{"type":"string"},\
        "code":{"type":"string"},"message":{"type":"string"}}}}}}
        """)
}
