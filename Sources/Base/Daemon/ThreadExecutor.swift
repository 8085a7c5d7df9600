private import Glibc

/// A thread of its own that runs one thing after another: actors whose C calls block live on it, so
/// that they never hold the shared pool.
///
/// An actor conforms to `ThreadActor` to live on it. The thread ends when the last reference is gone
/// and what was handed in has run; whoever must know when, calls `stop()`.
package final class ThreadExecutor: SerialExecutor, Sendable {
    private let mailbox: Mailbox
    private let thread: Thread

    /// Starts the thread; signals never interrupt it.
    /// - Parameter name: what `top -H` and a debugger show; cut to 15 bytes.
    package init(name: String) {
        let mailbox = Mailbox()
        self.mailbox = mailbox
        thread = Thread(name: name) { mailbox.runUntilClosed() }
    }

    deinit { mailbox.close() }

    /// Runs the closure on the thread, after all that was handed in before.
    package func perform(_ work: @escaping @Sendable () -> Void) {
        let isOpen = mailbox.put(.work(work))
        precondition(isOpen, "Work was handed to an executor after stop().")
    }

    /// Runs the closure on the thread and gives back what it returns or throws.
    package func run<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            perform {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Ends the thread after all that was handed in before, and waits for that end. Handing in more
    /// afterwards is a bug. Never called on the thread itself.
    package func stop() {
        precondition(!thread.isCurrent, "An executor cannot wait for its own thread.")
        mailbox.close()
        thread.join()
    }

    /// Called by the Swift runtime with each piece of an actor's work.
    package func enqueue(_ job: consuming ExecutorJob) {
        let isOpen = unsafe mailbox.put(.job(UnownedJob(job), self))
        precondition(isOpen, "An actor was used after its executor's stop().")
    }

    /// Called by the Swift runtime for `assumeIsolated`: also closures given to `perform` are at home.
    package func checkIsolated() {
        precondition(thread.isCurrent, "Not on the executor's thread.")
    }

    /// Whether the caller runs on this thread.
    package func isIsolatingCurrentContext() -> Bool? { thread.isCurrent }
}

/// An actor that lives on a thread of its own: all its methods run there, one after another.
package protocol ThreadActor: Actor {
    /// The thread; a `let` of the actor, set in its init.
    nonisolated var executor: ThreadExecutor { get }
}

extension ThreadActor {
    /// Tells the Swift runtime where the actor lives.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }
}

/// What waits for the thread, oldest first.
///
/// `@unchecked Sendable`: `items` and `isClosed` are touched only while `condition` is locked.
private final class Mailbox: @unchecked Sendable {
    enum Item {
        case work(@Sendable () -> Void)
        /// The executor stays alive until its job has run.
        case job(UnownedJob, ThreadExecutor)
    }

    private let condition = Condition()
    private var items: [Item] = []
    private var isClosed = false

    /// False after `close()`.
    func put(_ item: Item) -> Bool {
        condition.locked {
            guard !isClosed else { return false }
            items.append(item)
            if items.count == 1 { condition.signal() }
            return true
        }
    }

    func close() {
        condition.locked {
            isClosed = true
            condition.signal()
        }
    }

    func runUntilClosed() {
        while let items = takeAll() {
            for item in items {
                switch item {
                case .work(let work): work()
                case .job(let job, let executor):
                    unsafe job.runSynchronously(on: executor.asUnownedSerialExecutor())
                }
            }
        }
    }

    /// Waits until there is something; nil when closed and empty.
    private func takeAll() -> [Item]? {
        condition.locked {
            while items.isEmpty {
                if isClosed { return nil }
                condition.wait()
            }
            defer { items = [] }
            return items
        }
    }
}
