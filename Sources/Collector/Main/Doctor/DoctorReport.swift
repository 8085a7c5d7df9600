import JSON

/// All findings, for a person or a script.
struct DoctorReport {
    let findings: [Finding]

    /// 0 without errors, 1 with them; warnings alone are 0.
    var exitStatus: Int32 { findings.contains { $0.verdict == .error } ? 1 : 0 }

    func text() -> String {
        let lines = findings.flatMap { finding in
            let mark =
                switch finding.verdict {
                case .fine: "ok      "
                case .skipped: "skipped "
                case .warning: "warning "
                case .error: "ERROR   "
                }
            let remedy = finding.remedy.map { ["          → \($0)"] } ?? []
            return ["\(mark)  \(finding.check): \(finding.sentence)"] + remedy
        }
        return (lines + [sum]).joined(separator: "\n")
    }

    private var sum: String {
        let errors = findings.count { $0.verdict == .error }
        let warnings = findings.count { $0.verdict == .warning }
        guard errors + warnings > 0 else { return "All is well." }
        return "\(errors) errors, \(warnings) warnings."
    }

    /// One JSON object; members are only ever added.
    func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 2048)
        writer.object { writer in
            writer.member("version", collectorVersion)
            writer.member("healthy", exitStatus == 0)
            writer.key("findings")
            writer.array { writer in
                for finding in findings {
                    writer.object { writer in
                        writer.member("check", finding.check)
                        writer.member("verdict", finding.verdict.rawValue)
                        writer.member("sentence", finding.sentence)
                        writer.member("remedy", finding.remedy)
                    }
                }
            }
        }
        return writer.bytes
    }
}
