@testable import Destinations

/// Reads foreign bytes as the two files that an operator hands over: a platform's credential, and
/// meanings of its codes. A credential's summary never shows what is secret in it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    do throws(CredentialRefusal) {
        let credential = try GoogleCredential(json: bytes)
        precondition(!credential.summary.isEmpty && !credential.project.isEmpty)
    } catch {
        precondition(!error.sentence.isEmpty)
    }
    do throws(VerdictFileRefusal) {
        let table = try VerdictFile.read(
            bytes, platform: GoogleVerdicts.platform, over: GoogleVerdicts.table)
        precondition(table.all.count >= GoogleVerdicts.table.all.count, "A meaning was lost.")
        for verdict in table.all {
            precondition(table.verdict(of: verdict.code).code == verdict.code)
        }
    } catch {
        precondition(!error.sentence.isEmpty)
    }
    return 0
}
