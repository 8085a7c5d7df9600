import Conversions
import Destinations
import Time

/// What happens next to an order, in words.
struct NextSteps {
    let words: [String]

    init(_ judged: JudgedOrder, _ conversions: [Explanation.ConversionView]) {
        var words: [String] = []
        if case .pending = judged.order.state {
            words.append("It counts as soon as the shop tells of a state that counts.")
        }
        if judged.order.state == .unconfirmed {
            words.append("It is uploaded once the shop's own webhook confirms it.")
        }
        for conversion in conversions where conversion.refusal == nil {
            words += Self.words(of: conversion)
        }
        self.words = words.isEmpty ? ["Nothing more, unless new events come."] : words
    }

    private static func words(of conversion: Explanation.ConversionView) -> [String] {
        guard conversion.status == ConversionStatus.counted.rawValue else { return [] }
        guard conversion.settledAt != nil else {
            return [
                "It is settled when all collectors are past it, or when its site's grace is over."
            ]
        }
        guard !conversion.uploads.isEmpty else { return ["No destination serves its site."] }
        return conversion.uploads.compactMap { upload in
            switch upload.state {
            case UploadState.held.rawValue, UploadState.due.rawValue:
                "\(upload.destination): \(upload.because ?? upload.state)"
                    + (upload.until.map { ", from \($0)" } ?? "")
            case UploadState.sending.rawValue:
                "\(upload.destination): its answer is awaited, and it is sent again if that is lost."
            case UploadState.accepted.rawValue:
                "\(upload.destination): its verdict is asked for"
                    + (upload.until.map { " at \($0)." } ?? ".")
            default: nil
            }
        }
    }
}
