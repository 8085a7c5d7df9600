import ConveyProtocol
import HTTP
import Time

@testable import Destinations

private let batch: PlatformBatch = {
    guard let euro = Currency("EUR") else { preconditionFailure("A currency.") }
    let upload = PlatformUpload("1", at: .earliest, value: Money(micros: 1, currency: euro))
    let address = DestinationAddress(
        operatingAccount: "1234567890", loginAccount: nil, conversionAction: "1")
    return PlatformBatch(to: address, [upload, upload])
}()

private let statuses = [200, 400, 401, 403, 404, 429, 500, 503]

/// Reads foreign bytes as every answer that an ad platform can give: the first byte is the status.
/// Only a 200 is a yes; indices lie within the batch; codes are capitals, digits and `_`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let response = Response(statuses[Int(first) % statuses.count], body: Array(bytes.dropFirst()))
    switch AnswerReading.ingest(response, to: batch) {
    case .accepted(let id, _): precondition(response.status == 200 && !id.isEmpty)
    case .refused(let refusal):
        precondition(refusal.codesByUpload.keys.allSatisfy { batch.uploads.indices.contains($0) })
        check(refusal.code)
        for complaint in refusal.complaints { check(complaint.code) }
    case .trouble(let trouble): check(trouble.code)
    }
    switch AnswerReading.status(response) {
    case .processing: break
    case .final(let outcome):
        precondition(response.status == 200)
        for count in outcome.errors + outcome.warnings { check(count.code) }
    case .gone(let code, _): check(code)
    case .trouble(let trouble): check(trouble.code)
    }
    if case .success(let token) = TokenAnswer.read(response) {
        precondition(response.status == 200 && token.life > .zero)
    }
    return 0
}

private func check(_ code: String) {
    precondition(PlatformCode.clean(code) == code, "A foreign word came through.")
}
