package import Buffer
package import ConveyProtocol
package import Crypto
package import Daemon
internal import HTTP
internal import Synchronization
internal import Time

/// Delivers what the buffer holds to the aggregator, and brings its receipts back.
///
/// One batch of each lane is on its way at a time. Only the aggregator's signed answers count; from
/// them the buffer's clock learns the true time, and nothing leaves before it does.
package actor Sender: Service {
    /// What logs call it.
    package nonisolated let name = "delivery"
    /// How long a batch that was made ahead may wait: its header tells how the collector stood then.
    private static let preparedAgeMax: Duration = .seconds(2)

    private let identity: SenderIdentity
    private let buffer: Buffer::Buffer
    private let tools: Tools
    private let published = Mutex(DeliveryReport())
    private var plan: DeliveryPlan
    /// Batches made while the one before them was on its way.
    private var prepared = PerLane<SealedBatch?>(repeating: nil)
    private var report = DeliveryReport()
    private var dictionary = DictionaryUse()

    /// What a sender takes from outside.
    package struct Tools: Sendable {
        let ticks: any Clock<Duration>
        let random: any RandomSource
        let log: Log
        let limits: BatchLimits
        let settingsChanged: @Sendable (Int64) -> Void

        /// - Parameters:
        ///   - ticks: what waiting goes by.
        ///   - random: what jitter is drawn from.
        ///   - limits: what a batch holds at most; the default keeps memory small.
        ///   - settingsChanged: hears the version of the settings that each receipt tells of.
        package init(
            ticks: any Clock<Duration> = ContinuousClock(),
            random: any RandomSource = RandomBytes(), log: Log,
            limits: BatchLimits = BatchLimits(eventsMax: 5000, bytesMax: 2_097_152),
            settingsChanged: @escaping @Sendable (Int64) -> Void = { _ in }
        ) {
            self.ticks = ticks
            self.random = random
            self.log = log
            self.limits = limits
            self.settingsChanged = settingsChanged
        }
    }

    /// Makes a sender; a buffer has one.
    package init(_ identity: SenderIdentity, from buffer: Buffer::Buffer, _ tools: Tools) {
        self.identity = identity
        self.buffer = buffer
        self.tools = tools
        plan = DeliveryPlan(limits: tools.limits)
    }

    /// How delivery stands; from any thread.
    package nonisolated var status: DeliveryReport { published.withLock { $0 } }

    /// Delivers until the daemon stops. A batch on its way is then given up; it is sent again.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            for lane in Lane.allCases { group.addTask { await self.deliver(lane) } }
        }
    }

    private func deliver(_ lane: Lane) async {
        while !Task.isCancelled {
            switch await act(lane) {
            case .sent: continue
            case .rests(let limit):
                await buffer.arrivals[lane].wait(atMost: limit, by: tools.ticks)
            case .waits(let duration):
                do {
                    try await tools.ticks.sleep(for: duration)
                } catch {
                    return
                }
            }
        }
    }

    /// Does the next thing for a lane: sends one batch and applies its answer, if it is the lane's
    /// turn. Never called for a lane while its last call runs.
    /// - Returns: how long to wait before the next call; zero after a batch.
    package func step(_ lane: Lane) async -> Duration {
        switch await act(lane) {
        case .sent: .zero
        case .waits(let duration), .rests(let duration): duration
        }
    }

    /// What a lane did, or does next.
    private enum Turn {
        case sent
        case waits(Duration)
        /// Until something happens in the lane, or the time is over.
        case rests(Duration)
    }

    private func act(_ lane: Lane) async -> Turn {
        let figures = buffer.statistics.lanes
        let now = buffer.clock.reading()
        switch plan.step(lane, waiting: figures.map(\.pending), now: now) {
        case .wait(let duration): return .waits(duration)
        case .rest(let duration): return .rests(duration)
        case .send(let limits):
            await send(lane, limits, at: now)
            return .sent
        }
    }

    // MARK: One batch

    private func send(_ lane: Lane, _ limits: BatchLimits, at now: Duration) async {
        let fault: BufferFault
        do throws(BufferFault) {
            let batch = try await batch(lane, limits)
            let flight = Flight(batch, startedAt: now)
            // While this one is on its way, the next one is made.
            async let following = batchBehind(batch, limits)
            let outcome = await exchange(batch, flight)
            end(flight, outcome)
            prepared[lane] = await following
            return
        } catch {
            fault = error
        }
        trouble(.buffer(fault))
        end(Flight(lane: lane, startedAt: now, count: 0, decodedByteCount: 0), .fault)
    }

    /// The next batch: the one made meanwhile, where it still is the next and is not old.
    private func batch(
        _ lane: Lane, _ limits: BatchLimits
    ) async throws(BufferFault) -> SealedBatch {
        let ready = prepared[lane]
        prepared[lane] = nil
        let statistics = buffer.statistics
        let now = buffer.clock.stamp().time
        if let ready, ready.header.epoch == statistics.epoch,
            ready.header.coverage.firstSeq == statistics.lanes[lane].receiptedSeq + 1,
            ready.header.coverage.count <= limits.eventsMax,
            ready.decodedByteCount <= limits.bytesMax,
            ready.coding != .dcz || dictionary.isAllowed,
            now - ready.header.standing.sentAt < Self.preparedAgeMax
        {
            return ready
        }
        return try await buffer.nextBatch(request(lane, limits))
    }

    /// What comes behind a batch; nil where nothing more waits. A fault shows at the next turn.
    private func batchBehind(_ batch: SealedBatch, _ limits: BatchLimits) async -> SealedBatch? {
        let coverage = batch.header.coverage
        let behind = buffer.statistics.lanes[coverage.lane].assignedSeq - coverage.lastSeq
        guard !coverage.isEmpty, behind > 0,
            behind >= DeliveryPlan.gatheredMax || coverage.count >= limits.eventsMax
                || batch.decodedByteCount >= limits.bytesMax / 2
        else { return nil }
        do throws(BufferFault) {
            let behind = try await buffer.nextBatch(
                request(coverage.lane, limits), after: batch.header)
            return behind.header.coverage.isEmpty ? nil : behind
        } catch {
            return nil
        }
    }

    private func request(_ lane: Lane, _ limits: BatchLimits) -> BatchRequest {
        var request = BatchRequest(
            lane: lane, collector: identity.collector, sentAt: buffer.clock.stamp().time,
            shipper: identity.shipper, limits: limits)
        request.mayUseDictionary = dictionary.isAllowed
        return request
    }

    private func end(_ flight: Flight, _ outcome: Outcome) {
        let now = buffer.clock.reading()
        plan.ended(flight, outcome, random: tools.random.fraction(), now: now)
        let time = buffer.clock.stamp().time
        report.nextTryAt = plan.heldUntil(now: now).map { time + ($0 - now) }
        report.clockOffset = buffer.clock.offset
        published.withLock { $0 = report }
        // What one lane's batch ends, others may have waited for.
        for lane in Lane.allCases { buffer.arrivals[lane].ring() }
    }

    private func exchange(_ batch: SealedBatch, _ flight: Flight) async -> Outcome {
        let message = SignedExchange.Message(
            .post, "/v1/batches",
            headers: [
                "Content-Type": SealedBatch.mediaType,
                "Content-Encoding": batch.coding.rawValue,
            ], body: batch.body, digest: batch.digest)
        let sentAt = buffer.clock.reading()
        let answer: Response
        do throws(ExchangeFault) {
            answer = try await identity.exchange.send(message, at: buffer.clock.stamp().time)
        } catch {
            return noAnswer(error)
        }
        do throws(AnswerRefusal) {
            return try await apply(answer, to: batch, flight, sentAt: sentAt)
        } catch {
            trouble(.notUnderstood(status: answer.status))
            return .noAnswer(wasPerhapsTooLarge: false)
        }
    }

    private func noAnswer(_ fault: ExchangeFault) -> Outcome {
        if case .noAnswer(let fault) = fault, fault.reason == .stopped { return .stopped }
        report.failures += 1
        trouble(.exchange(fault))
        switch fault {
        case .noAnswer(let fault):
            let reasons: [HTTPFault.Reason] = [.answerTimedOut, .reset]
            return .noAnswer(wasPerhapsTooLarge: reasons.contains(fault.reason))
        case .unsigned(let status, _):
            return .noAnswer(wasPerhapsTooLarge: status == 413)
        }
    }

    // MARK: Its answer

    private func apply(
        _ answer: Response, to batch: SealedBatch, _ flight: Flight, sentAt: Duration
    ) async throws(AnswerRefusal) -> Outcome {
        guard answer.status == 200 else {
            let body = try ProblemBody(json: answer.body, status: answer.status)
            learn(body.time, sentAt: sentAt)
            return await apply(body, answer.body, to: batch, flight)
        }
        let receipt = try Receipt(json: answer.body)
        learn(receipt.advice.time, sentAt: sentAt)
        return await apply(receipt, to: batch)
    }

    /// Every signed answer to a batch tells the time: no recorded one fits the batch's digest.
    private func learn(_ time: Timestamp, sentAt: Duration) {
        let wasKnown = buffer.clock.isCorrected
        buffer.clock.learn(time, sentAt: sentAt)
        report.clockOffset = buffer.clock.offset
        guard !wasKnown, let sentence = report.clockSentence else { return }
        note(sentence)
        tools.log.error(
            "This machine's clock is wrong; times of events are corrected.",
            [LogField("offset_ms"): report.clockOffset ?? .zero])
    }

    private func apply(_ receipt: Receipt, to batch: SealedBatch) async -> Outcome {
        do throws(BufferFault) {
            switch try await buffer.apply(receipt, to: batch.header) {
            case .advanced: break
            case .stale where batch.header.coverage.isEmpty: break
            case .stale where batch.header.epoch != buffer.statistics.epoch:
                // Another lane began a new epoch meanwhile; what this batch held is in it.
                return .receipt(pace: receipt.advice.pace)
            case .stale:
                trouble(.strangeReceipt)
                return .fault
            case .restored:
                note(
                    "The ledger knew numbers that this buffer never gave out: this collector was "
                        + "restored or cloned. A new epoch carries on.")
            }
        } catch {
            trouble(.buffer(error))
            return .fault
        }
        count(receipt, batch)
        recovered()
        dictionary.heard(receipt.advice.dictionaries)
        tools.settingsChanged(receipt.advice.settings)
        return .receipt(pace: receipt.advice.pace)
    }

    private func count(_ receipt: Receipt, _ batch: SealedBatch) {
        let now = buffer.clock.stamp().time
        report.lastReceiptAt = now
        report.settingsVersion = max(report.settingsVersion ?? 0, receipt.advice.settings)
        report.lanes[receipt.lane].totals = receipt.totals
        report.lanes[receipt.lane].expectedSeq = receipt.position.expectedSeq
        guard !batch.header.coverage.isEmpty else { return }
        report.lanes[receipt.lane].batches += 1
        report.lanes[receipt.lane].events += Int64(batch.header.coverage.count)
        report.lanes[receipt.lane].bytes += Int64(batch.body.count)
        report.lanes[receipt.lane].rejected += Int64(receipt.rejected.count)
        if let first = receipt.rejected.first {
            tools.log.warning(
                "The aggregator rejected events; it keeps them as dead letters.",
                [.events: receipt.rejected.count, .code: first.fault.code.rawValue])
        }
        if !receipt.position.chainMatches {
            note(
                "The chain of a batch did not fit the ledger's; its events are stored all the same."
            )
            tools.log.error("The chain of a batch does not fit the ledger's.")
        }
    }

    private func apply(
        _ body: ProblemBody, _ answer: [UInt8], to batch: SealedBatch, _ flight: Flight
    ) async -> Outcome {
        if batch.coding == .dcz, body.problem?.kind == .encoding {
            dictionary.refused()
            tools.log.notice("The aggregator does not take the dictionary; batches go without it.")
            return .problem(.again)
        }
        let remedy = Remedy(body)
        trouble(.refused(body.problem?.kind, status: body.status))
        do throws(BufferFault) {
            switch Deed(remedy, flight) {
            case .nothing: break
            case .quarantine:
                try await buffer.quarantine(batch, answer: answer)
                note("A batch of \(flight.count) events was refused and set aside as a file.")
            case .rewind(let place):
                try await buffer.rewind(to: place)
                note("The ledger went back, as after a restore; earlier events are sent again.")
            case .startEpoch(let epoch):
                try await buffer.startEpoch(afterForkIn: epoch)
                note(
                    "The ledger knows other events under our numbers: this collector was restored "
                        + "or cloned. A new epoch carries on.")
            }
        } catch {
            trouble(.buffer(error))
            return .fault
        }
        return .problem(remedy)
    }

    // MARK: What the operator hears

    private func note(_ sentence: String) {
        report.note(sentence, at: buffer.clock.stamp().time)
    }

    private func trouble(_ trouble: DeliveryTrouble) {
        if report.trouble == nil { report.troubleSince = buffer.clock.stamp().time }
        let isNew = report.trouble != trouble
        report.trouble = trouble
        guard isNew else { return }
        let fields: LogFields = [.cause: trouble.sentence]
        if trouble.needsPerson {
            tools.log.error("Events wait: the aggregator does not take them.", fields)
        } else {
            tools.log.warning("A batch was not delivered; it is tried again.", fields)
        }
    }

    private func recovered() {
        guard report.trouble != nil else { return }
        report.trouble = nil
        report.troubleSince = nil
        tools.log.notice("Batches are delivered again.")
    }
}
