import Daemon
import Testing

/// Goal: what is typed is understood exactly or refused with the nearest name. Method: a small
/// grammar and many lines.
@Suite struct CommandGrammarTests {
    private let grammar = CommandGrammar(
        "convey-test", "tests commands.",
        options: [.init("config", value: "FILE", "The configuration.")],
        commands: [
            .init("run", "Run the daemon."),
            .init("enroll", operands: ["URL", "TOKEN"], "Enrol."),
            .init("buffer status", options: [.init("json", "As JSON.")], "Show the buffer."),
            .init("buffer", "Explain the buffer."),
        ])

    private func parse(_ line: String) throws(CommandRefusal) -> CommandInvocation {
        try grammar.parse(line.split(separator: " ").map(String.init))
    }

    @Test func readsCommandsOptionsAndOperands() throws {
        let status = try parse("buffer status --json --config=a=b")
        #expect(status.command == "buffer status")
        #expect(status.flags == ["json"])
        #expect(status.values == ["config": "a=b"])
        #expect(try parse("buffer").command == "buffer")
        let enroll = try parse("enroll https://x --config c -- --token")
        #expect(enroll.operands == ["https://x", "--token"])
        #expect(enroll.values == ["config": "c"])
    }

    @Test(arguments: [
        ("rum", CommandRefusal.unknownCommand(nearest: "run")),
        ("buffer-status", .unknownCommand(nearest: "buffer status")),
        ("xyzzy", .unknownCommand(nearest: nil)),
        ("run --confg x", .unknownOption(nearest: "config")),
        ("run -c x", .unknownOption(nearest: nil)),
        ("run --config", .missingValue(option: "config")),
        ("run --config a --config b", .repeatedOption("config")),
        ("buffer status --json=1", .unwantedValue(option: "json")),
        ("enroll x", .missingOperand(command: "enroll", operand: "TOKEN")),
        ("enroll x y z", .tooManyOperands("enroll")),
    ])
    func refuses(line: String, refusal: CommandRefusal) {
        #expect(throws: refusal) { try parse(line) }
        #expect(refusal.sentence.hasSuffix(".") || refusal.sentence.hasSuffix("?"))
    }

    @Test(arguments: ["", "--help", "-h", "help"])
    func explainsItself(line: String) throws {
        let help = try #require(try parse(line).help)
        #expect(help.contains("  enroll URL TOKEN  Enrol.\n"))
        #expect(help.contains("--config FILE"))
    }

    @Test func explainsACommand() throws {
        #expect(try #require(try parse("buffer status --help").help).contains("--json"))
    }
}
