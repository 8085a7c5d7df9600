/// Turns YAML's events into settings with dotted names. Knows no C.
struct ConfigurationTree {
    static let depthMax = 8
    static let entriesMax = 2000

    private(set) var entries: [ConfigurationEntry] = []
    private var path: [String] = []
    private var depth = 0
    private var documents = 0
    private var key: (name: String, line: Int)?
    private var list: [String]?

    mutating func take(_ token: YAMLToken) throws(ConfigurationProblem) {
        switch token.kind {
        case .ignored, .streamEnd: return
        case .documentStart:
            documents += 1
            try require(documents == 1, "A second document in one file is not read.", token)
        case .unwanted:
            try require(false, "Anchors, aliases and tags are not read.", token)
        case .mapStart: try openMap(token)
        case .mapEnd:
            depth -= 1
            _ = path.popLast()
        case .listStart:
            try require(
                key != nil && list == nil, "A list stands only as a setting's value.", token)
            list = []
        case .listEnd:
            close(.list(list ?? []))
            list = nil
        case .scalar(let text, let isPlain): try takeScalar(text, isPlain: isPlain, token)
        }
    }

    private mutating func openMap(_ token: YAMLToken) throws(ConfigurationProblem) {
        try require(list == nil, "A list of maps is not read.", token)
        try require(key != nil || depth == 0, "A key must be text.", token)
        try require(depth < Self.depthMax, "Maps are nested too deeply.", token)
        depth += 1
        if let key { path.append(key.name) }
        key = nil
    }

    private mutating func takeScalar(
        _ text: String, isPlain: Bool, _ token: YAMLToken
    ) throws(ConfigurationProblem) {
        if list != nil {
            list?.append(text)
        } else if key != nil {
            close(isPlain && ["", "~", "null"].contains(text) ? .nothing : .text(text))
        } else if depth == 0 {
            try require(text.isEmpty, "The file must hold settings, as `name: value`.", token)
        } else {
            try require(entries.count < Self.entriesMax, "There are too many settings.", token)
            key = (text, token.line)
        }
    }

    private mutating func close(_ content: ConfigurationEntry.Content) {
        guard let key else { return }
        let name = (path + [key.name]).joined(separator: ".")
        entries.append(ConfigurationEntry(name: name, line: key.line, content: content))
        self.key = nil
    }

    private func require(
        _ holds: Bool, _ problem: String, _ token: YAMLToken
    ) throws(ConfigurationProblem) {
        guard holds else {
            throw ConfigurationProblem(
                place: .line(token.line), key: nil, reason: .invalidYAML(problem))
        }
    }
}
