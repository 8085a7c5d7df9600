/// One setting: its name, what it takes, what holds when it is left out, and a sentence for the
/// reference. Declared once, as a `static let` of the program that has it.
package struct ConfigurationKey<Value: Sendable>: Sendable, ConfigurationDeclaration {
    /// Where it stands in the file: `intake.body_bytes_max` is `body_bytes_max` under `intake`.
    package let name: String
    /// What it does, for the reference and `--help`.
    package let sentence: String
    let kind: ConfigurationKind<Value>
    let preset: Value?

    /// Declares a key that may be left out.
    package init(
        _ name: String, _ kind: ConfigurationKind<Value>, default preset: Value, _ sentence: String
    ) {
        (self.name, self.kind, self.preset, self.sentence) = (name, kind, preset, sentence)
    }

    /// Declares a key that must be set.
    package init(required name: String, _ kind: ConfigurationKind<Value>, _ sentence: String) {
        (self.name, self.kind, self.preset, self.sentence) = (name, kind, nil, sentence)
    }

    /// What it takes, in words.
    package var kindSentence: String { kind.sentence }
    /// Whether it takes several texts.
    package var isList: Bool { kind.isList }
    /// Whether the program cannot run without it.
    package var isRequired: Bool { preset == nil }
    /// The default as it would stand in a file.
    package var presetTexts: [String] { preset.map(kind.write) ?? [] }

    /// Reads and checks the texts of a file or of the environment.
    package func value(
        of texts: [String]
    ) throws(ConfigurationProblem.Reason) -> any Sendable {
        try kind.read(texts)
    }

    /// Whether the key has another value in one configuration than in the other. Secrets never differ:
    /// their texts are not compared.
    package func differs(_ one: Configuration, _ other: Configuration) -> Bool {
        kind.write(one[self]) != kind.write(other[self])
    }
}

/// A key of any type, as the loader and the reference see it.
package protocol ConfigurationDeclaration: Sendable {
    /// Where it stands in the file, levels separated by dots.
    var name: String { get }
    /// What it does, for the reference and `--help`.
    var sentence: String { get }
    /// What it takes, in words.
    var kindSentence: String { get }
    /// Whether it takes several texts.
    var isList: Bool { get }
    /// Whether the program cannot run without it.
    var isRequired: Bool { get }
    /// The default as it would stand in a file; empty when there is none.
    var presetTexts: [String] { get }
    /// Reads and checks the texts of a file or of the environment.
    func value(of texts: [String]) throws(ConfigurationProblem.Reason) -> any Sendable
    /// Whether the key has another value in one configuration than in the other.
    func differs(_ one: Configuration, _ other: Configuration) -> Bool
}

extension ConfigurationDeclaration {
    /// The environment variable that overrides the file.
    func variable(prefix: String) -> String {
        prefix + name.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }
}
