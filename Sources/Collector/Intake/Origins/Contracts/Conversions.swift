import Buffer
import ConveyProtocol
import HTTP
import JSON

/// What became of one campaign conversion.
enum ConversionResult: Sendable {
    case taken(Taken)
    case refused(ConversionFault)

    struct Taken: Sendable {
        let id: EventID
        let lane: Lane
        let isLinkKnown: Bool
        let warnings: [String]
    }
}

/// The campaign conversion contract: what a landing page or a server reports of a link's visitor.
extension Intake {
    static let conversionPath = "/api/conversions"

    var conversionRoutes: [Route] {
        [
            committing(Self.conversionPath, bodyBytesMax: 65_536) { [self] in
                takeConversion($0, $1)
            }.refusing { ConversionAnswer.response($0, $1) },
            Route(
                .options, Self.conversionPath,
                handler: .direct { [self] in $1.send(preflight($0)) }),
        ]
    }

    private func takeConversion(_ request: Request, _ answer: Answer) {
        do throws(IntakeRefusal) {
            var reader = try ConversionReader(request, admission())
            let body = try decodedBody(of: request)
            let result = try benches.use { bench throws(IntakeRefusal) in
                try reader.read(body, on: bench)
            }
            let form = ConversionAnswer(result: result)
            let origin = CrossOrigin.origin(of: request)
            commit(reader.incoming, reader.outcomes, answer) { refusals in
                CrossOrigin.allow(origin, in: form.response(refusals))
            }
        } catch {
            count(error, in: .conversion)
            answer.send(ConversionAnswer.response(error, for: refusal(error, request)))
        }
    }
}

/// Reads the conversion of one request, and writes it in canonical form.
struct ConversionReader {
    private(set) var outcomes: [EventOutcome] = []
    private(set) var incoming: IncomingEvents
    private var contract: ContractSender

    init(_ request: Request, _ admission: Admission) throws(IntakeRefusal) {
        contract = try ContractSender(request, admission, for: .conversions)
        incoming = IncomingEvents(stamp: admission.stamp)
    }

    mutating func read(
        _ body: [UInt8], on bench: Workbench
    ) throws(IntakeRefusal) -> ConversionResult {
        try bench.parser.parse(body.span, orThrow: Self.malformed) {
            (root: JSONElement) throws(IntakeRefusal) in
            let sender = try contract.identified(by: root)
            let context = contract.admission.context(of: contract.request, from: sender)
            do throws(ConversionFault) {
                let conversion = try CampaignConversion(
                    root, in: body.span, for: sender.site.settings)
                return .taken(try write(conversion, context, sender.site, on: bench))
            } catch {
                outcomes.append(EventOutcome(result: .faulty(error.eventFault, .conversion)))
                return .refused(error)
            }
        }
    }

    private mutating func write(
        _ conversion: CampaignConversion, _ context: EventContext, _ site: IntakeSite,
        on bench: Workbench
    ) throws(ConversionFault) -> ConversionResult.Taken {
        let key = contract.request.headers["Idempotency-Key"].flatMap { $0.isEmpty ? nil : $0 }
        let id = conversion.id(idempotencyKey: key)
        bench.draft.removeAll()
        conversion.write(id: id, to: &bench.draft)
        let written = try Self.written(context, on: bench)
        incoming.add(bench.writer.bytes, to: written.lane)
        outcomes.append(
            EventOutcome(
                id: id, isTruncated: written.isTruncated, result: .taken(written.lane)))
        let isKnown = site.knowsLink(id: conversion.linkID)
        let unknown = "The campaign link is not known here; the aggregator decides"
        return ConversionResult.Taken(
            id: id, lane: written.lane, isLinkKnown: isKnown,
            warnings: conversion.revenue.warnings + (isKnown ? [] : [unknown]))
    }

    private static func written(
        _ context: EventContext, on bench: Workbench
    ) throws(ConversionFault) -> WrittenEvent {
        do throws(EventFault) {
            return try bench.writeDraft(context)
        } catch {
            throw .event(error.code)
        }
    }

    private static func malformed(_: JSONError) -> IntakeRefusal { .bodyMalformed }
}
