/// A daemon's program: what its command line does before the daemon's own commands, the same for
/// every daemon. Help, version, and the configuration, checked before anything starts.
package struct DaemonProgram: Sendable {
    private let name: String
    private let version: String
    private let grammar: CommandGrammar
    private let settings: Settings

    /// The keys of a program, and where they are set.
    package struct Settings: Sendable {
        private let keys: [any ConfigurationDeclaration]
        private let prefix: String
        private let usualPath: String
        private let problems: @Sendable (Configuration) -> [ConfigurationProblem]

        /// - Parameters:
        ///   - prefix: of the environment variables that override: `CONVEY_COLLECTOR_`.
        ///   - usualPath: the file that is read, if it is there, when none is named.
        ///   - problems: what no key can see alone.
        package init(
            _ keys: [any ConfigurationDeclaration], prefix: String, usualPath: String,
            problems: @escaping @Sendable (Configuration) -> [ConfigurationProblem]
        ) {
            (self.keys, self.prefix) = (keys, prefix)
            (self.usualPath, self.problems) = (usualPath, problems)
        }

        /// All keys with their defaults, as the program's `reference.yaml`.
        package func reference(of program: String) -> String {
            ConfigurationReference(keys: keys, prefix: prefix).yaml(
                title: """
                    Every setting of \(program) at its default. \
                    Made by: \(program) config reference
                    """)
        }

        /// Reads the file and checks it whole.
        /// - Parameter path: as typed; nil takes the usual place, if there is a file.
        package func load(
            _ path: String?, environment: [String: String]
        ) throws(ConfigurationRefusal) -> Configuration {
            let path = path ?? (BoundedFile.exists(usualPath) ? usualPath : nil)
            let configuration = try Configuration.load(
                path, keys: keys, environment: environment, prefix: prefix)
            let problems = problems(configuration)
            guard problems.isEmpty else { throw ConfigurationRefusal(problems: problems) }
            return configuration
        }
    }

    /// - Parameters:
    ///   - name: as it is typed.
    ///   - commands: its own; `config check`, `config reference` and `version` are added.
    package init(
        _ name: String, version: String, does sentence: String,
        commands: [CommandGrammar.Command], settings: Settings
    ) {
        (self.name, self.version, self.settings) = (name, version, settings)
        grammar = CommandGrammar(
            name, sentence,
            options: [
                .init("config", value: "FILE", "The configuration; otherwise the usual file.")
            ],
            commands: commands + [
                .init(
                    "config check", "Say whether the configuration is right, and all that is wrong."
                ),
                .init("config reference", "Print every setting with its default, as YAML."),
                .init("version", "Print the version."),
            ])
    }

    /// What one of the daemon's own commands works with.
    package struct Call: Sendable {
        /// As it was typed.
        package let invocation: CommandInvocation
        /// Checked.
        package let configuration: Configuration
        /// As the process was started with it.
        package let environment: [String: String]
        /// Reads the same file and environment again, and checks them anew.
        package let readAgain: @Sendable () throws(ConfigurationRefusal) -> Configuration
    }

    /// Runs one command.
    /// - Parameter perform: one of the daemon's own; returns what the process exits with.
    /// - Returns: 0 done, 64 not understood, 78 configuration refused, or what `perform` returns.
    package func run(
        _ words: [String], _ perform: (Call) async -> Int32
    ) async -> Int32 {
        do throws(CommandRefusal) {
            let invocation = try grammar.parse(words)
            if let help = invocation.help {
                Terminal.tell(help)
                return 0
            }
            return await run(invocation, perform)
        } catch {
            Terminal.complain("\(error.sentence) Try \(name) --help.")
            return 64
        }
    }

    private func run(
        _ invocation: CommandInvocation, _ perform: (Call) async -> Int32
    ) async -> Int32 {
        switch invocation.command {
        case "version": Terminal.tell("\(name) \(version)")
        case "config reference": Terminal.tell(part: Array(settings.reference(of: name).utf8))
        default: return await runConfigured(invocation, perform)
        }
        return 0
    }

    private func runConfigured(
        _ invocation: CommandInvocation, _ perform: (Call) async -> Int32
    ) async -> Int32 {
        let environment = processEnvironment()
        do throws(ConfigurationRefusal) {
            let read = { @Sendable [settings] () throws(ConfigurationRefusal) in
                try settings.load(invocation.values["config"], environment: environment)
            }
            let configuration = try read()
            if invocation.command == "config check" {
                Terminal.tell("The configuration is right.")
                return 0
            }
            return await perform(
                Call(
                    invocation: invocation, configuration: configuration,
                    environment: environment, readAgain: read))
        } catch {
            for problem in error.problems { Terminal.complain(problem.sentence) }
            return 78
        }
    }
}
