internal import CCurl
internal import Synchronization

/// Drives libcurl's transfers on the client's thread.
///
/// `@unchecked Sendable`: `multi` is used on the client's thread only, save for
/// `curl_multi_wakeup`, which any thread may call; `active` on the client's thread only; `inbox` has
/// its lock.
@safe final class TransferLoop: @unchecked Sendable {
    private struct Inbox {
        var waiting: [Transfer] = []
        var isRunning = false
    }

    private let settings: Client.Settings
    private let multi: UnsafeMutableRawPointer
    private var active: [UnsafeMutableRawPointer: Transfer] = unsafe [:]
    private let inbox = Mutex(Inbox())

    init(_ settings: Client.Settings) {
        Self.startLibrary
        guard let multi = unsafe curl_multi_init() else { preconditionFailure("Out of memory.") }
        unsafe convey_curl_multi_set_long(
            multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, settings.connectionsMax)
        unsafe convey_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.connectionsMax)
        unsafe self.multi = unsafe multi
        self.settings = settings
    }

    deinit { unsafe curl_multi_cleanup(multi) }

    private static let startLibrary: Void = {
        let code = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        precondition(code == CURLE_OK, "libcurl does not start.")
    }()

    /// Hands in a transfer, from any thread; true when `run()` must be called for it.
    func add(_ transfer: Transfer) -> Bool {
        let mustRun = inbox.withLock { inbox in
            inbox.waiting.append(transfer)
            defer { inbox.isRunning = true }
            return !inbox.isRunning
        }
        if !mustRun { wake() }
        return mustRun
    }

    /// Makes a running loop look around, from any thread.
    func wake() { unsafe curl_multi_wakeup(multi) }

    /// Works on the client's thread until nothing is left to do.
    func run() {
        while takeWaiting() {
            var runningCount: CInt = 0
            unsafe curl_multi_perform(multi, &runningCount)
            finishDone()
            endCancelled()
            guard unsafe !active.isEmpty else { continue }
            unsafe curl_multi_poll(multi, nil, 0, 1000, nil)
        }
    }

    /// False when nothing waits and nothing runs; the next `add` then asks for a new run.
    private func takeWaiting() -> Bool {
        let isIdle = unsafe active.isEmpty
        let waiting: [Transfer]? = inbox.withLock { inbox in
            if inbox.waiting.isEmpty, isIdle {
                inbox.isRunning = false
                return nil
            }
            defer { inbox.waiting = [] }
            return inbox.waiting
        }
        guard let waiting else { return false }
        for transfer in waiting { start(transfer) }
        return true
    }

    private func start(_ transfer: Transfer) {
        let handle = unsafe transfer.prepare(settings)
        unsafe active[handle] = transfer
        unsafe curl_multi_add_handle(multi, handle)
    }

    private func finishDone() {
        var remaining: CInt = 0
        while let message = unsafe curl_multi_info_read(multi, &remaining) {
            guard unsafe message.pointee.msg == CURLMSG_DONE,
                let handle = unsafe message.pointee.easy_handle,
                let transfer = unsafe active[handle]
            else { continue }
            let code = unsafe message.pointee.data.result
            unsafe remove(handle)
            transfer.finish(code)
        }
    }

    private func endCancelled() {
        for transfer in unsafe Array(active.values) where transfer.isCancelled {
            guard let handle = unsafe transfer.handle else { continue }
            unsafe remove(handle)
            transfer.finish(CURLE_ABORTED_BY_CALLBACK)
        }
    }

    private func remove(_ handle: UnsafeMutableRawPointer) {
        unsafe active[handle] = nil
        unsafe curl_multi_remove_handle(multi, handle)
    }
}
