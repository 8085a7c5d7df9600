/// Holds entries against the keys of a program and gathers all that is wrong. Knows no file.
struct ConfigurationChecker {
    private let keys: [String: any ConfigurationDeclaration]
    private var values: [String: any Sendable] = [:]
    private var seen: Set<String> = []
    private var problems: [ConfigurationProblem] = []

    init(keys: [any ConfigurationDeclaration]) {
        self.keys = Dictionary(keys.map { ($0.name, $0) }) { _, _ in
            preconditionFailure("Two configuration keys bear one name.")
        }
    }

    /// Takes a setting of the file.
    mutating func take(_ entry: ConfigurationEntry) {
        let place = ConfigurationProblem.Place.line(entry.line)
        guard let key = keys[entry.name] else {
            if entry.content == .nothing, isSection(entry.name) { return }
            let nearest = NearestName.of(entry.name, among: Array(keys.keys))
            return add(place, entry.name, .unknown(nearest: nearest))
        }
        guard seen.insert(entry.name).inserted else { return add(place, entry.name, .duplicate) }
        switch entry.content {
        case .nothing: return
        case .text where key.isList: add(place, entry.name, .malformed(key.kindSentence))
        case .list where !key.isList: add(place, entry.name, .malformed(key.kindSentence))
        case .text(let text): read([text], place, key)
        case .list(let texts): read(texts, place, key)
        }
    }

    /// Takes an environment variable, which wins over the file.
    mutating func take(
        _ text: String, from variable: String, for key: any ConfigurationDeclaration
    ) {
        let texts =
            key.isList
            ? text.split(separator: ",").map { String($0.drop { $0 == " " }) } : [text]
        read(texts, .variable(variable), key)
    }

    /// The values by name.
    mutating func finish() throws(ConfigurationRefusal) -> [String: any Sendable] {
        let broken = Set(problems.compactMap(\.key))
        for key in keys.values.sorted(by: { $0.name < $1.name })
        where key.isRequired && values[key.name] == nil && !broken.contains(key.name) {
            add(.file, key.name, .missing)
        }
        guard problems.isEmpty else { throw ConfigurationRefusal(problems: problems) }
        return values
    }

    /// Whether keys stand under the name: a section of which nothing is set.
    private func isSection(_ name: String) -> Bool {
        keys.keys.contains { $0.hasPrefix(name + ".") }
    }

    private mutating func read(
        _ texts: [String], _ place: ConfigurationProblem.Place, _ key: any ConfigurationDeclaration
    ) {
        do throws(ConfigurationProblem.Reason) {
            values[key.name] = try key.value(of: texts)
        } catch {
            add(place, key.name, error)
        }
    }

    private mutating func add(
        _ place: ConfigurationProblem.Place, _ key: String, _ reason: ConfigurationProblem.Reason
    ) {
        problems.append(ConfigurationProblem(place: place, key: key, reason: reason))
    }
}
