private import Glibc

/// A POSIX thread that runs one closure, with every signal blocked, so that signals reach only the
/// thread that waits for them.
///
/// `@unchecked Sendable`: `isJoined` is touched by `join()` only, which one caller makes once.
final class Thread: @unchecked Sendable {
    private let handle: pthread_t
    private var isJoined = false

    init(name: String, _ body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        let context = unsafe Unmanaged.passRetained(Body(name: name, run: body)).toOpaque()
        let status = unsafe pthread_create(&handle, nil, threadMain, context)
        precondition(
            status == 0, "No thread could be made; the process has too many, or no memory.")
        self.handle = handle
    }

    deinit {
        if !isJoined { pthread_detach(handle) }
    }

    var isCurrent: Bool { pthread_equal(handle, pthread_self()) != 0 }

    /// Waits until the closure has returned.
    func join() {
        precondition(!isJoined, "A thread is joined once.")
        isJoined = true
        pthread_join(handle, nil)
    }
}

private final class Body: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        (self.name, self.run) = (name, run)
    }
}

/// A free function, since a closure given to C may inherit an actor's check.
private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let body = unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
    var allSignals = sigset_t()
    unsafe sigfillset(&allSignals)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] {
        unsafe sigdelset(&allSignals, fault)
    }
    unsafe pthread_sigmask(SIG_BLOCK, &allSignals, nil)
    nameThisThread(body.name)
    body.run()
    return nil
}

/// By procfs, since glibc's header hides pthread_setname_np(3) from Swift. A name that cannot be set
/// is no reason to stop.
private func nameThisThread(_ name: String) {
    let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    let bytes = Array(name.utf8.prefix(15))
    _ = unsafe write(file, bytes, bytes.count)
    close(file)
}
