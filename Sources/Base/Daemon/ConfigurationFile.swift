private import CYAML

/// One setting as it stands in a file.
struct ConfigurationEntry: Equatable {
    enum Content: Equatable {
        case nothing
        case text(String)
        case list([String])
    }

    /// Levels joined by dots.
    let name: String
    let line: Int
    let content: Content
}

/// Reads YAML as configuration files need it: maps of texts and of lists of texts. Anchors, aliases,
/// tags, several documents and lists of maps are refused; so is a file above 1 MiB.
enum ConfigurationFile {
    static let bytesMax = 1 << 20

    static func read(_ path: String) throws(ConfigurationProblem) -> [ConfigurationEntry] {
        let bytes: [UInt8]
        do throws(SystemFault) {
            bytes = try BoundedFile.read(path, bytesMax: bytesMax)
        } catch {
            throw ConfigurationProblem(place: .file, key: nil, reason: .unreadable(error))
        }
        return try parse(bytes)
    }

    static func parse(_ bytes: [UInt8]) throws(ConfigurationProblem) -> [ConfigurationEntry] {
        var tree = ConfigurationTree()
        for token in try tokens(of: bytes) { try tree.take(token) }
        return tree.entries
    }

    /// What libyaml sees, up to the end of the stream.
    private static func tokens(of bytes: [UInt8]) throws(ConfigurationProblem) -> [YAMLToken] {
        var parser = unsafe yaml_parser_t()
        guard unsafe yaml_parser_initialize(&parser) == 1 else {
            preconditionFailure("libyaml has no memory.")
        }
        defer { unsafe yaml_parser_delete(&parser) }
        let result: Result<[YAMLToken], ConfigurationProblem> = unsafe bytes.withUnsafeBufferPointer
        {
            unsafe yaml_parser_set_input_string(&parser, $0.baseAddress, $0.count)
            do throws(ConfigurationProblem) {
                return unsafe .success(try tokens(from: &parser))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func tokens(
        from parser: inout yaml_parser_t
    ) throws(ConfigurationProblem) -> [YAMLToken] {
        var tokens: [YAMLToken] = []
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(&parser, &event) == 1 else {
                let line = unsafe Int(max(parser.problem_mark.line, parser.context_mark.line)) + 1
                throw ConfigurationProblem(
                    place: .line(line), key: nil,
                    reason: .invalidYAML("This is not valid YAML; check indentation and quotes."))
            }
            defer { unsafe yaml_event_delete(&event) }
            let token = unsafe YAMLToken(event)
            tokens.append(token)
            if token.kind == .streamEnd { return tokens }
        }
    }
}

/// One event of libyaml, copied.
struct YAMLToken: Equatable {
    enum Kind: Equatable {
        case streamEnd, documentStart, mapStart, mapEnd, listStart, listEnd, ignored
        /// An anchor, an alias or a tag.
        case unwanted
        /// Plain means without quotes.
        case scalar(String, isPlain: Bool)
    }

    let kind: Kind
    let line: Int
}

extension YAMLToken {
    fileprivate init(_ event: yaml_event_t) {
        line = unsafe Int(event.start_mark.line) + 1
        kind =
            switch unsafe event.type {
            case YAML_STREAM_END_EVENT: .streamEnd
            case YAML_DOCUMENT_START_EVENT: .documentStart
            case YAML_ALIAS_EVENT: .unwanted
            case YAML_SCALAR_EVENT: unsafe Self.scalar(event)
            case YAML_MAPPING_START_EVENT: unsafe Self.mapStart(event)
            case YAML_MAPPING_END_EVENT: .mapEnd
            case YAML_SEQUENCE_START_EVENT: unsafe Self.listStart(event)
            case YAML_SEQUENCE_END_EVENT: .listEnd
            default: .ignored
            }
    }

    private static func mapStart(_ event: yaml_event_t) -> Kind {
        let start = unsafe event.data.mapping_start
        return unsafe start.anchor == nil && start.tag == nil ? .mapStart : .unwanted
    }

    private static func listStart(_ event: yaml_event_t) -> Kind {
        let start = unsafe event.data.sequence_start
        return unsafe start.anchor == nil && start.tag == nil ? .listStart : .unwanted
    }

    private static func scalar(_ event: yaml_event_t) -> Kind {
        let scalar = unsafe event.data.scalar
        guard unsafe scalar.anchor == nil, unsafe scalar.tag == nil else { return .unwanted }
        let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        return unsafe .scalar(
            String(decoding: bytes, as: UTF8.self),
            isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
    }
}
