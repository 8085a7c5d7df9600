import Glibc

/// `convey-bench`: measures, prints, writes docs/benchmarks.md, and holds counts against thresholds.
@main struct ConveyBench {
    static func main() async {
        exit(await BenchCommand.run(Array(CommandLine.arguments.dropFirst())))
    }
}
