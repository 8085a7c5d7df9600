/// What can be typed behind a program's name: its commands and their options.
package struct CommandGrammar: Sendable {
    /// An option: a switch, or a name with a value behind it.
    package struct Option: Sendable, Equatable {
        let name: String
        let placeholder: String?
        let sentence: String

        /// A switch: `--json`.
        package init(_ name: String, _ sentence: String) {
            (self.name, placeholder, self.sentence) = (name, nil, sentence)
        }

        /// A name with a value: `--config FILE` or `--config=FILE`.
        package init(_ name: String, value placeholder: String, _ sentence: String) {
            (self.name, self.placeholder, self.sentence) = (name, placeholder, sentence)
        }

        var usage: String { "--\(name)\(placeholder.map { " \($0)" } ?? "")" }
    }

    /// One command of one or two words: `run`, `buffer status`.
    package struct Command: Sendable, Equatable {
        let name: String
        let operands: [String]
        let options: [Option]
        let sentence: String

        /// - Parameters:
        ///   - operands: names of what stands behind it without dashes, all required: `["TOKEN"]`.
        ///   - sentence: for the help.
        package init(
            _ name: String, operands: [String] = [], options: [Option] = [], _ sentence: String
        ) {
            (self.name, self.operands) = (name, operands)
            (self.options, self.sentence) = (options, sentence)
        }

        var usage: String { ([name] + operands).joined(separator: " ") }
    }

    private let program: String
    private let sentence: String
    private let options: [Option]
    private let commands: [Command]

    /// - Parameters:
    ///   - sentence: what the program is, for the help.
    ///   - options: those that every command takes; `--help` is always among them.
    package init(
        _ program: String, _ sentence: String, options: [Option] = [], commands: [Command]
    ) {
        (self.program, self.sentence) = (program, sentence)
        (self.options, self.commands) = (options, commands)
    }

    /// Reads the words behind the program's name. Knows no file and prints nothing.
    package func parse(_ words: [String]) throws(CommandRefusal) -> CommandInvocation {
        guard let first = words.first else { return CommandInvocation(help: help()) }
        if ["--help", "-h", "help"].contains(first) { return CommandInvocation(help: help()) }
        let command = try command(words)
        var invocation = CommandInvocation(command: command.name)
        var rest = words.dropFirst(command.name.split(separator: " ").count)
        var onlyOperands = false
        while let word = rest.popFirst() {
            switch word {
            case "--" where !onlyOperands: onlyOperands = true
            case "--help" where !onlyOperands, "-h" where !onlyOperands:
                return CommandInvocation(help: help(for: command))
            case _ where word.hasPrefix("-") && word != "-" && !onlyOperands:
                try take(word, of: command, &rest, &invocation)
            default:
                guard invocation.operands.count < command.operands.count else {
                    throw .tooManyOperands(command.name)
                }
                invocation.operands.append(word)
            }
        }
        guard invocation.operands.count == command.operands.count else {
            throw .missingOperand(
                command: command.name, operand: command.operands[invocation.operands.count])
        }
        return invocation
    }

    /// All commands and the options that all of them take.
    package func help() -> String {
        let rows = commands.map { ($0.usage, $0.sentence) }
        let optionRows = (options + [.init("help", "Explain the command.")]).map {
            ($0.usage, $0.sentence)
        }
        return """
            \(program): \(sentence)

            Commands:
            \(Self.table(rows))
            Options of every command:
            \(Self.table(optionRows))
            """
    }

    private func help(for command: Command) -> String {
        let rows = (command.options + options).map { ($0.usage, $0.sentence) }
        return "\(program) \(command.usage)\n\(command.sentence)\n\n\(Self.table(rows))"
    }

    /// The longest command that the words begin with.
    private func command(_ words: [String]) throws(CommandRefusal) -> Command {
        for count in [2, 1] {
            let name = words.prefix(count).joined(separator: " ")
            if let command = commands.first(where: { $0.name == name }) { return command }
        }
        let names = commands.map(\.name)
        let typed = words.prefix { !$0.hasPrefix("-") }.prefix(2).joined(separator: " ")
        let nearest =
            NearestName.of(typed, among: names) ?? NearestName.of(words[0], among: names)
        throw .unknownCommand(nearest: nearest)
    }

    private func take(
        _ word: String, of command: Command, _ rest: inout ArraySlice<String>,
        _ invocation: inout CommandInvocation
    ) throws(CommandRefusal) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0].drop { $0 == "-" })
        let known = command.options + options
        guard word.hasPrefix("--"), let option = known.first(where: { $0.name == name }) else {
            throw .unknownOption(nearest: NearestName.of(name, among: known.map(\.name)))
        }
        guard option.placeholder != nil else {
            guard parts.count == 1 else { throw .unwantedValue(option: name) }
            invocation.flags.insert(name)
            return
        }
        guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
            throw .missingValue(option: name)
        }
        guard invocation.values.updateValue(value, forKey: name) == nil else {
            throw .repeatedOption(name)
        }
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { usage, sentence in
            "  \(usage)\(String(repeating: " ", count: width - usage.count))  \(sentence)\n"
        }.joined()
    }
}
