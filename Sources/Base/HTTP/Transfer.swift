internal import CCurl
internal import Synchronization

/// One request on its way and the answer as it comes in.
///
/// `@unchecked Sendable`: after `TransferLoop.add` everything but `cancelled` is used on the client's
/// thread only.
@safe final class Transfer: @unchecked Sendable {
    static let headBytesMax = 65_536

    private let request: ClientRequest
    private let cancelled = Atomic(false)
    private var done: (@Sendable (Result<Response, HTTPFault>) -> Void)?
    /// There from `prepare` to `finish`.
    private(set) var handle: UnsafeMutableRawPointer?
    private var fields: UnsafeMutablePointer<curl_slist>?
    private var head: [UInt8] = []
    private var body: [UInt8] = []
    private var bodyBytesMax = 0
    private var isTooLarge = false
    private var isLocalSocket = false

    init(_ request: ClientRequest) { self.request = request }

    deinit { release() }

    func whenDone(_ done: @escaping @Sendable (Result<Response, HTTPFault>) -> Void) {
        self.done = done
    }

    /// May be called from any thread.
    func cancel() { cancelled.store(true, ordering: .relaxed) }

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    // MARK: Before

    /// Makes the libcurl handle; it borrows `self`, which the loop keeps until the transfer ends.
    func prepare(_ settings: Client.Settings) -> UnsafeMutableRawPointer {
        guard let handle = unsafe curl_easy_init() else { preconditionFailure("Out of memory.") }
        unsafe self.handle = unsafe handle
        bodyBytesMax = settings.answerBytesMax
        isLocalSocket = settings.socketPath != nil
        set(CURLOPT_URL, request.origin.url + request.target)
        setMethod()
        setFields()
        setLimits(settings)
        setTrust(settings.trust)
        if let path = settings.socketPath { set(CURLOPT_UNIX_SOCKET_PATH, path) }
        setCallbacks()
        return unsafe handle
    }

    private func setMethod() {
        switch request.method {
        case .head: set(CURLOPT_NOBODY, 1)
        case .get where request.body.isEmpty: set(CURLOPT_HTTPGET, 1)
        default:
            set(CURLOPT_POST, 1)
            set(CURLOPT_POSTFIELDSIZE, request.body.count)
            // An empty array may have no address, and without one libcurl reads standard input.
            let bytes = request.body.isEmpty ? [0] : request.body
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe required(
                    convey_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, buffer.baseAddress))
            }
            set(CURLOPT_CUSTOMREQUEST, request.method.name)
        }
    }

    private func setFields() {
        // libcurl adds these by itself unless told otherwise.
        var lines = ["Expect:", "Accept:"]
        if request.headers.occurrences(of: "Content-Type") == 0 { lines.append("Content-Type:") }
        lines += request.headers.all.map {
            $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)"
        }
        for line in lines { unsafe fields = curl_slist_append(fields, line) }
        unsafe required(convey_curl_set_pointer(handle, CURLOPT_HTTPHEADER, fields))
    }

    private func setLimits(_ settings: Client.Settings) {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_FRESH_CONNECT, request.isSentOnce ? 1 : 0)
        set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(settings.connectTimeout))
        set(CURLOPT_TIMEOUT_MS, Self.milliseconds(settings.totalTimeout))
    }

    private func setTrust(_ trust: Client.Settings.Trust) {
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        guard case .authority(let pem) = trust else { return }
        // Debian's libcurl would trust its own folder besides.
        unsafe required(convey_curl_set_pointer(handle, CURLOPT_CAPATH, nil))
        var bytes = Array(pem.utf8)
        unsafe bytes.withUnsafeMutableBytes { buffer in
            var blob = unsafe curl_blob(
                data: buffer.baseAddress, len: buffer.count, flags: UInt32(CURL_BLOB_COPY))
            unsafe required(convey_curl_set_pointer(handle, CURLOPT_CAINFO_BLOB, &blob))
        }
    }

    private func setCallbacks() {
        let user = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe required(convey_curl_set_pointer(handle, CURLOPT_WRITEDATA, user))
        unsafe required(convey_curl_set_pointer(handle, CURLOPT_HEADERDATA, user))
        unsafe required(
            convey_curl_set_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, _, count, user in
                unsafe Transfer.borrowed(user).take(bytes, count, into: \.body)
            })
        unsafe required(
            convey_curl_set_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, _, count, user in
                unsafe Transfer.borrowed(user).take(bytes, count, into: \.head)
            })
    }

    private static func borrowed(_ user: UnsafeMutableRawPointer?) -> Transfer {
        guard let user = unsafe user else { preconditionFailure("libcurl lost its transfer.") }
        return unsafe Unmanaged<Transfer>.fromOpaque(user).takeUnretainedValue()
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(max(1, min(duration / .milliseconds(1), 86_400_000)))
    }

    private func set(_ option: CURLoption, _ value: Int) {
        unsafe required(convey_curl_set_long(handle, option, value))
    }

    private func set(_ option: CURLoption, _ text: String) {
        unsafe required(convey_curl_set_pointer(handle, option, text))
    }

    private func required(_ code: CURLcode) {
        precondition(code == CURLE_OK, "libcurl refused an option.")
    }

    // MARK: Meanwhile

    /// Any count but the one given makes libcurl end the transfer.
    private func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int,
        into part: ReferenceWritableKeyPath<Transfer, [UInt8]>
    ) -> Int {
        let limit = part == \.head ? Self.headBytesMax : bodyBytesMax
        guard self[keyPath: part].count + count <= limit else {
            isTooLarge = true
            return 0
        }
        unsafe self[keyPath: part].append(
            contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    // MARK: Afterwards

    /// Hands the result to whoever waits. Called once.
    func finish(_ code: CURLcode) {
        let result = outcome(code)
        release()
        done?(result)
        done = nil
    }

    private func outcome(_ code: CURLcode) -> Result<Response, HTTPFault> {
        guard code == CURLE_OK else {
            return .failure(
                HTTPFault(
                    HTTPFault.Evidence(
                        code: code, verification: information(CURLINFO_SSL_VERIFYRESULT),
                        errorNumber: Int32(information(CURLINFO_OS_ERRNO)),
                        wasSent: information(CURLINFO_REQUEST_SIZE) > 0,
                        isLocalSocket: isLocalSocket, isTooLarge: isTooLarge)))
        }
        guard let headers = Self.lastHead(head) else {
            return .failure(HTTPFault(.answerMalformed))
        }
        return .success(
            Response(information(CURLINFO_RESPONSE_CODE), headers: headers, body: body))
    }

    private func information(_ name: CURLINFO) -> Int {
        unsafe convey_curl_get_long(handle, name)
    }

    /// Reads the fields of the last head: 1xx answers come with heads of their own before it.
    private static func lastHead(_ bytes: [UInt8]) -> Headers? {
        var headers = Headers()
        for line in bytes.split(separator: ASCII.lineFeed) {
            let line = line.last == ASCII.carriageReturn ? line.dropLast() : line
            if line.starts(with: "HTTP/".utf8) {
                headers = Headers()
                continue
            }
            guard !line.isEmpty else { continue }
            guard let colon = line.firstIndex(of: ASCII.colon) else { return nil }
            let value = line[line.index(after: colon)...]
            headers.add(
                String(decoding: line[..<colon], as: UTF8.self),
                String(decoding: value.drop { $0 == ASCII.space }, as: UTF8.self))
        }
        return headers
    }

    private func release() {
        if let handle = unsafe handle { unsafe curl_easy_cleanup(handle) }
        unsafe curl_slist_free_all(fields)
        unsafe handle = nil
        unsafe fields = nil
    }
}
