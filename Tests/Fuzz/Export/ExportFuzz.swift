import Zstd

@testable import Transfer

/// Reads foreign bytes as an export's file, and as the lines in a sound block of one. Whatever is read
/// ends at the end line or with a refusal, and the rows that were given are those that the end states.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    read(bytes)
    var compressor = Compressor()
    do throws(ZstdError) {
        let frame = try compressor.compress(bytes)
        read(ExportBlock.head(of: frame) + frame)
    } catch {
        preconditionFailure("Any bytes can be compressed.")
    }
    return 0
}

private func read(_ file: [UInt8]) {
    var rest = file[...]
    do {
        var reader = try ExportReader { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var rows: Int64 = 0
        while true {
            switch try reader.next() {
            case .rows(let batch): rows += Int64(batch.rows)
            case .end(let end):
                precondition(end.rows == rows, "The end states what was read.")
                return
            case .table, .tableEnd: break
            }
        }
    } catch {
        guard let refusal = error as? TransferRefusal else {
            preconditionFailure("\(error) is no refusal.")
        }
        precondition(!refusal.sentence.isEmpty)
    }
}
