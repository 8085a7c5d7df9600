import ConveyProtocol
import JSON

/// Reads foreign bytes as everything that crosses the wire: a batch under each coding, receipt,
/// problem, settings, enrolment, key statements. What is read must survive being written.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let body = Array(bytes.dropFirst())
    switch choice % 8 {
    case 0: check { opener throws(ProtocolProblem) in try opener.open(zstd: body.span) }
    case 1: check { opener throws(ProtocolProblem) in try opener.open(decoded: body) }
    case 2: receipt(body)
    case 3: problem(body)
    case 4: settings(body)
    case 5: keys(body)
    case 6: check { opener throws(ProtocolProblem) in try opener.open(dcz: body.span) }
    default: enrolment(body)
    }
    return 0
}

/// Opens a batch; its lines bear its numbers, and its header is written as it was read.
private func check(
    _ open: (inout BatchOpener) throws(ProtocolProblem) -> OpenedBatch
) {
    var opener = BatchOpener()
    guard let opened = try? open(&opener) else { return }
    var numbers = SeqWalk(opened.header.coverage)
    var events = EventCheck()
    for index in opened.lines.indices {
        opened.withLine(index) { line in
            precondition(EventLine.seq(of: line) == numbers.next(), "A line has another number.")
            _ = events.read(line)
        }
    }
    precondition(numbers.next() == nil, "A number has no line.")
    var writer = JSONWriter()
    opened.header.write(to: &writer)
    var parser = JSONParser(bytesMax: 1 << 20)
    let again = try? parser.parse(writer.bytes) { root in try? BatchHeader(root) }
    precondition(again == opened.header, "A header changes when it is written.")
}

private func receipt(_ body: [UInt8]) {
    guard let receipt = try? Receipt(json: body) else { return }
    precondition((try? Receipt(json: receipt.json)) == receipt, "A receipt changes.")
}

private func problem(_ body: [UInt8]) {
    for kind in ProtocolProblem.Kind.allCases {
        guard let problem = try? ProblemBody(json: body, status: kind.status),
            problem.problem != nil
        else { continue }
        let again = try? ProblemBody(json: problem.json, status: kind.status)
        precondition(again == problem, "A problem changes.")
    }
}

private func keys(_ body: [UInt8]) {
    guard let keys = try? AggregatorKeys(json: body) else { return }
    precondition((try? AggregatorKeys(json: keys.json)) == keys, "Keys change.")
}

private func settings(_ body: [UInt8]) {
    guard let settings = try? SiteSettings(json: body) else { return }
    precondition((try? SiteSettings(json: settings.json())) == settings, "Settings change.")
    _ = SiteDirectory(settings)
}

private func enrolment(_ body: [UInt8]) {
    if let request = try? EnrolmentRequest(json: body) {
        precondition((try? EnrolmentRequest(json: request.json)) == request, "A request changes.")
    }
    if let request = try? KeyRotationRequest(json: body) {
        precondition((try? KeyRotationRequest(json: request.json)) == request, "A wish changes.")
    }
    if let answer = try? KeyRotationAnswer(json: body) {
        precondition((try? KeyRotationAnswer(json: answer.json)) == answer, "An answer changes.")
    }
    if let answer = try? EnrolmentAnswer(json: body) {
        precondition((try? EnrolmentAnswer(json: answer.json)) == answer, "An answer changes.")
    }
    let text = String(decoding: body, as: UTF8.self)
    if let token = EnrolmentToken(text) {
        precondition(EnrolmentToken(token.text) == token, "A token changes.")
    }
}
