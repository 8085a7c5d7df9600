internal import HTTP
internal import JSON

/// Google's error object, as far as decisions need it. Pure.
/// - Source: google/rpc/status.proto and error_details.proto.
struct ErrorAnswer: Equatable {
    /// `ErrorInfo.reason`, else the status: `INVALID_ARGUMENT`.
    var code: String
    /// The gRPC status in words.
    var status: String
    var complaints: [FieldComplaint] = []
    var requestID: String?
    /// Which limit was met, as `IngestionMutateRequestsPerDayPerProject`.
    var quotaLimit: String?
    /// `RetryInfo.retryDelay`.
    var retryDelay: Duration?

    static let complaintsMax = 1000

    /// Nil when the body is not the standard error object.
    init?(_ body: [UInt8]) {
        var parser = JSONParser(bytesMax: 33_554_432, depthMax: 32, duplicateKeys: .lastWins)
        do throws(JSONError) {
            let read = try parser.parse(body) { root in ErrorAnswer(root: root) }
            guard let read else { return nil }
            self = read
        } catch {
            return nil
        }
    }

    private init?(root: JSONElement) {
        guard let error = root["error"], let status = error["status"]?.string
        else { return nil }
        self.status = PlatformCode.clean(status)
        code = self.status
        guard let details = error["details"]?.array else { return }
        for detail in details { take(detail) }
        // The general reason says less than the first field's own.
        if ["INVALID_ARGUMENT", "BAD_REQUEST"].contains(code), let first = complaints.first {
            code = first.code
        }
    }

    private mutating func take(_ detail: JSONElement) {
        let type = detail["@type"]?.string?.split(separator: ".").last
        switch type {
        case "ErrorInfo":
            if let reason = detail["reason"]?.string { code = PlatformCode.clean(reason) }
            quotaLimit = detail["metadata"]?["quota_limit"]?.string
        case "BadRequest": takeViolations(detail)
        case "RequestInfo":
            requestID = detail["requestId"]?.string.map { String($0.prefix(200)) }
        case "RetryInfo": retryDelay = detail["retryDelay"]?.string.flatMap(Self.seconds)
        default: break
        }
    }

    private mutating func takeViolations(_ detail: JSONElement) {
        guard let violations = detail["fieldViolations"]?.array else { return }
        for violation in violations where complaints.count < Self.complaintsMax {
            complaints.append(
                FieldComplaint(violation, field: violation["field"], else: status))
        }
    }

    /// `3.5s`, parts of a second rounded up, at most a day.
    private static func seconds(_ text: String) -> Duration? {
        guard text.hasSuffix("s"), let value = Double(text.dropLast()), (0...1e9).contains(value)
        else { return nil }
        return .seconds(min(value.rounded(.up), 86_400))
    }
}

extension FieldComplaint {
    /// Reads a violation or a warning.
    init(_ element: JSONElement, field: JSONElement?, else code: String) {
        let field = field?.string ?? ""
        self.init(
            code: element["reason"]?.string.map(PlatformCode.clean) ?? code,
            upload: Self.index(in: field), field: String(field.prefix(200)))
    }

    /// `events[12].consent` is 12.
    private static func index(in field: String) -> Int? {
        guard field.hasPrefix("events["), let end = field.firstIndex(of: "]") else { return nil }
        let digits = field[field.index(field.startIndex, offsetBy: 7)..<end]
        guard (1...6).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(digits)
    }
}
