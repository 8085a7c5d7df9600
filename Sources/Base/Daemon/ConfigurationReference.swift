/// Prints what a program's keys are: the commented reference file, and a table for a terminal.
package struct ConfigurationReference: Sendable {
    private let keys: [any ConfigurationDeclaration]
    private let prefix: String

    /// - Parameters:
    ///   - keys: all keys of the program; those of one section stand together.
    ///   - prefix: of the environment's variables.
    package init(keys: [any ConfigurationDeclaration], prefix: String) {
        (self.keys, self.prefix) = (keys, prefix)
    }

    /// A YAML file with every key at its default, which the program accepts as it stands once the
    /// required keys are filled in. Keys without a default are commented out.
    package func yaml(title: String) -> String {
        var text = "# \(title)\n"
        var open: [Substring] = []
        for key in keys {
            let levels = key.name.split(separator: ".")
            let sections = levels.dropLast()
            text += "\n"
            for (depth, section) in sections.enumerated()
            where depth >= open.count
                || Array(sections.prefix(depth + 1)) != Array(open.prefix(depth + 1))
            {
                text += "\(Self.indentation(depth))\(section):\n"
            }
            open = Array(sections)
            text += entry(
                key, name: levels.last ?? "", indentation: Self.indentation(sections.count))
        }
        return text
    }

    /// One paragraph a key: name, default, sentence.
    package func help() -> String {
        keys.map { key in
            let preset =
                key.isRequired
                ? "required" : key.presetTexts.isEmpty ? "no default" : "default \(flow(key))"
            return "  \(key.name) (\(preset))\n      \(key.sentence)\n"
        }.joined()
    }

    private func entry(
        _ key: any ConfigurationDeclaration, name: Substring, indentation: String
    ) -> String {
        let value = key.presetTexts.isEmpty && !key.isList ? "" : " \(flow(key))"
        let isUnset = key.presetTexts.isEmpty && !(key.isList && !key.isRequired)
        let comments = [
            key.sentence,
            "Takes \(key.kindSentence).\(key.isRequired ? " Required." : "")",
            "Environment: \(key.variable(prefix: prefix))",
        ]
        return comments.map { "\(indentation)# \($0)\n" }.joined()
            + "\(indentation)\(isUnset ? "# " : "")\(name):\(value)\n"
    }

    private func flow(_ key: any ConfigurationDeclaration) -> String {
        let texts = key.presetTexts.map(Self.scalar)
        return key.isList ? "[\(texts.joined(separator: ", "))]" : texts.joined()
    }

    /// Quoted unless it is plain beyond doubt.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                    || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "/._-".utf8.contains(byte)
            }
        return isPlain
            ? text
            : "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
    }

    private static func indentation(_ depth: Int) -> String {
        String(repeating: "  ", count: depth)
    }
}
