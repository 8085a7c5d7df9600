import Buffer
import ConveyProtocol
import Crypto
import Foundation
import TestSupport
import Time

/// The aggregator as the protocol describes it, in memory: strict about framing, numbers and chain.
struct TestLedger {
    /// What it answers.
    enum Answer: Equatable {
        case receipt(Receipt)
        case behind(ProtocolProblem.LedgerPlace)
        case fork(ProtocolProblem.LedgerPlace)
    }

    struct Key: Hashable {
        let epoch: EpochID
        let lane: Lane
    }

    /// One epoch and lane.
    struct Book {
        var expected: Int64 = 1
        var chain: SHA256Digest
        /// The digest of each event's line; nil for a gap's numbers.
        var lines: [Int64: SHA256Digest?] = [:]
        var gaps: [Gap] = []
        var parent: BatchHeader.Parent?
    }

    private(set) var books: [Key: Book] = [:]
    /// How often each event id was stored, and its last line.
    private(set) var events: [String: Int] = [:]
    private(set) var texts: [String: String] = [:]
    private(set) var chainMismatches = 0
    private(set) var batches = 0
    /// Numbers that were gaps and got their events after all.
    private(set) var filled = 0

    /// Takes a batch as it comes over the wire.
    mutating func take(_ batch: SealedBatch, at now: Timestamp) throws -> Answer {
        var opener = BatchOpener()
        let opened = try opener.open(zstd: batch.body.span)
        let coverage = opened.header.coverage
        let key = Key(epoch: opened.header.epoch, lane: coverage.lane)
        var book = books[key] ?? newBook(opened.header)
        batches += 1
        let place = ProtocolProblem.LedgerPlace(
            epoch: key.epoch, lane: key.lane, expectedSeq: book.expected, chain: book.chain)
        guard coverage.firstSeq <= book.expected else { return .behind(place) }
        let texts = opened.lines.map { String(decoding: opened.bytes[$0], as: UTF8.self) }
        guard let replayed = add(coverage, texts, to: &book) else { return .fork(place) }
        books[key] = book
        var receipt = Receipt(
            for: opened.header,
            position: Receipt.Position(
                expectedSeq: book.expected, chain: book.chain, chainMatches: true),
            advice: Receipt.Advice(settings: 1, pace: 1000, time: now))
        receipt.accepted = coverage.count
        receipt.gaps = coverage.gaps.reduce(0) { $0 + $1.count }
        receipt.replayed = replayed
        return .receipt(receipt)
    }

    private func newBook(_ header: BatchHeader) -> Book {
        let start: SHA256Digest
        if let parent = header.parent {
            // The chain of an epoch with a parent goes on from there; what the parent's value was is
            // only known where the ledger holds it.
            let known = books[Key(epoch: parent.epoch, lane: header.coverage.lane)]
            let isAtEnd = known.map { $0.expected == parent.lastSeq[header.coverage.lane] + 1 }
            start = isAtEnd == true ? known!.chain : header.coverage.chainBefore
        } else {
            start = Chain.start(of: header.epoch)
        }
        return Book(chain: start, parent: header.parent)
    }

    /// Nil on a fork; else how many numbers were known.
    private mutating func add(
        _ coverage: BatchHeader.Coverage, _ texts: [String], to book: inout Book
    ) -> Int64? {
        var chain = Chain(after: book.chain)
        var replayed: Int64 = 0
        var texts = texts[...]
        var seq = coverage.firstSeq
        var added: [String] = []
        while seq <= coverage.lastSeq {
            if let gap = coverage.gaps.first(where: { $0.first == seq }) {
                if seq >= book.expected {
                    chain.add(gap)
                    for number in gap.first...gap.last { book.lines[number] = .some(nil) }
                    book.gaps.append(gap)
                } else {
                    replayed += gap.count
                }
                seq = gap.last + 1
                continue
            }
            let text = texts.removeFirst()
            let digest = SHA256Digest(of: Array(text.utf8))
            if seq < book.expected {
                if let known = book.lines[seq], let known {
                    guard known == digest else { return nil }
                    replayed += 1
                } else {
                    book.lines[seq] = digest
                    added.append(text)
                    filled += 1
                }
            } else {
                chain.add(digest)
                book.lines[seq] = digest
                added.append(text)
            }
            seq += 1
        }
        if coverage.lastSeq >= book.expected {
            if chain.value != coverage.chainAfter { chainMismatches += 1 }
            book.expected = coverage.lastSeq + 1
            book.chain = coverage.chainAfter
        }
        for text in added { note(text) }
        return replayed
    }

    private mutating func note(_ text: String) {
        // A line that was damaged on a disk need not have an id any more.
        guard let start = text.range(of: "\"id\":\"")?.upperBound,
            let end = text[start...].firstIndex(of: "\"")
        else { return }
        let id = String(text[start..<end])
        events[id, default: 0] += 1
        texts[id] = text
    }
}

extension Fixture {
    /// Sends one batch to a ledger and gives its answer to the buffer, as Delivery would.
    @discardableResult
    func deliver(
        _ lane: Lane, to ledger: inout TestLedger, limits: BatchLimits = .standard,
        isAnswerLost: Bool = false
    ) async throws -> SealedBatch {
        let batch = try await batch(lane, limits: limits)
        let answer = try ledger.take(batch, at: clock.wall.now())
        if isAnswerLost { return batch }
        switch answer {
        case .receipt(let receipt): _ = try await buffer.apply(receipt, to: batch.header)
        case .behind(let place): try await buffer.rewind(to: place)
        case .fork(let place): try await buffer.startEpoch(afterForkIn: place.epoch)
        }
        return batch
    }

    /// Delivers until nothing waits.
    func drain(to ledger: inout TestLedger, limits: BatchLimits = .standard) async throws {
        for _ in 0..<10_000 {
            let waiting = Lane.allCases.filter { lane in
                figures(lane).assignedSeq > figures(lane).receiptedSeq
            }
            if waiting.isEmpty { return }
            for lane in waiting { try await deliver(lane, to: &ledger, limits: limits) }
        }
        throw DrainFailure()
    }

    struct DrainFailure: Error {}
}
