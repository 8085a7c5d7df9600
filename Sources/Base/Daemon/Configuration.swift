/// The checked settings of a program: from the file, overridden by the environment, defaults for the
/// rest.
package struct Configuration: Sendable {
    private let values: [String: any Sendable]

    /// Variables with the program's prefix that are no setting: named in a warning, not refused,
    /// since orchestrators put variables of their own there.
    package let unknownVariables: [String]

    /// The value of a key, as set or by default. Asking for a key that was not among those loaded is
    /// a bug.
    package subscript<Value>(_ key: ConfigurationKey<Value>) -> Value {
        guard let value = values[key.name] as? Value ?? key.preset else {
            preconditionFailure("The configuration was loaded without one of its keys.")
        }
        return value
    }

    /// Reads and checks everything before anything starts.
    /// - Parameters:
    ///   - path: a YAML file of up to 1 MiB; nil for environment and defaults alone.
    ///   - keys: all keys of the program.
    ///   - environment: as the process has it.
    ///   - prefix: of the variables that override: `CONVEY_COLLECTOR_`.
    package static func load(
        _ path: String?, keys: [any ConfigurationDeclaration], environment: [String: String] = [:],
        prefix: String
    ) throws(ConfigurationRefusal) -> Configuration {
        var entries: [ConfigurationEntry] = []
        if let path {
            do throws(ConfigurationProblem) {
                entries = try ConfigurationFile.read(path)
            } catch {
                throw ConfigurationRefusal(problems: [error])
            }
        }
        return try check(entries, keys: keys, environment: environment, prefix: prefix)
    }

    /// Checks text instead of a file, for tests and for `config check -`.
    package static func parse(
        _ yaml: String, keys: [any ConfigurationDeclaration], environment: [String: String] = [:],
        prefix: String
    ) throws(ConfigurationRefusal) -> Configuration {
        let entries: [ConfigurationEntry]
        do throws(ConfigurationProblem) {
            entries = try ConfigurationFile.parse(Array(yaml.utf8))
        } catch {
            throw ConfigurationRefusal(problems: [error])
        }
        return try check(entries, keys: keys, environment: environment, prefix: prefix)
    }

    private static func check(
        _ entries: [ConfigurationEntry], keys: [any ConfigurationDeclaration],
        environment: [String: String], prefix: String
    ) throws(ConfigurationRefusal) -> Configuration {
        var checker = ConfigurationChecker(keys: keys)
        for entry in entries { checker.take(entry) }
        for key in keys {
            let variable = key.variable(prefix: prefix)
            guard let text = environment[variable] else { continue }
            checker.take(text, from: variable, for: key)
        }
        let variables = Set(keys.map { $0.variable(prefix: prefix) })
        return Configuration(
            values: try checker.finish(),
            unknownVariables: environment.keys
                .filter { $0.hasPrefix(prefix) && !variables.contains($0) }.sorted())
    }
}
