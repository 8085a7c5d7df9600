/// What somebody typed, checked against the grammar.
package struct CommandInvocation: Sendable, Equatable {
    /// The command's name; empty when help was asked for.
    package let command: String
    /// What to print instead of running anything.
    package let help: String?
    /// Switches, without dashes.
    package internal(set) var flags: Set<String> = []
    /// Values of options, by name.
    package internal(set) var values: [String: String] = [:]
    /// As many as the command declares.
    package internal(set) var operands: [String] = []

    init(command: String) { (self.command, help) = (command, nil) }

    init(help: String) { (command, self.help) = ("", help) }
}

/// Why the words behind a program's name are refused; exit status 64 by custom.
package enum CommandRefusal: Error, Equatable {
    case unknownCommand(nearest: String?)
    case unknownOption(nearest: String?)
    case missingValue(option: String)
    case unwantedValue(option: String)
    case repeatedOption(String)
    case missingOperand(command: String, operand: String)
    case tooManyOperands(String)

    /// One sentence for the person at the terminal.
    package var sentence: String {
        switch self {
        case .unknownCommand(nil): "There is no such command."
        case .unknownCommand(let nearest?): "There is no such command; did you mean \(nearest)?"
        case .unknownOption(nil): "There is no such option."
        case .unknownOption(let nearest?): "There is no such option; did you mean --\(nearest)?"
        case .missingValue(let option): "--\(option) needs a value behind it."
        case .unwantedValue(let option): "--\(option) takes no value."
        case .repeatedOption(let option): "--\(option) stands twice."
        case .missingOperand(let command, let operand): "\(command) needs \(operand) behind it."
        case .tooManyOperands(let command): "There is too much behind \(command)."
        }
    }
}
