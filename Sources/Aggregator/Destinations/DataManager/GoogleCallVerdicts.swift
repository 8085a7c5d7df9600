extension GoogleVerdicts {
    /// What a call ends with before Google looks at its content: credentials, status, network.
    static let ofCalls: [Verdict] = [
        Verdict(
            "OAUTH_INVALID_GRANT", .fixConfiguration,
            words: "Google does not take the credential: it was revoked or has expired.",
            fix:
                "Check the clock of this machine, then make a new credential and set it with: destinations credential. A consent screen in testing ends its tokens after 7 days.",
            concernsAll: true),
        Verdict(
            "OAUTH_INVALID_CLIENT", .fixConfiguration,
            words: "Google does not know the client id, or its secret is wrong.",
            fix: "Check the OAuth client in the Cloud project, and set the credential anew.",
            concernsAll: true),
        Verdict(
            "OAUTH_UNAUTHORIZED_CLIENT", .fixConfiguration,
            words: "The client may not ask for such a token.",
            fix: "Check the OAuth client in the Cloud project, and set the credential anew.",
            concernsAll: true),
        Verdict(
            "OAUTH_INVALID_SCOPE", .fixConfiguration,
            words: "The credential does not cover the Data Manager API.",
            fix:
                "Make the credential anew with the scope https://www.googleapis.com/auth/datamanager.",
            concernsAll: true),
        Verdict(
            "OAUTH_ACCESS_DENIED", .fixConfiguration,
            words: "Google refuses the credential.",
            fix: "Make a new credential and set it with: destinations credential.",
            concernsAll: true),
        Verdict(
            "OAUTH_INVALID_REQUEST", .fixConfiguration,
            words: "Google cannot read the credential.",
            fix: "Set the credential anew from the file that Google wrote.",
            concernsAll: true),
        Verdict(
            "OAUTH_UNSUPPORTED_GRANT_TYPE", .fixConfiguration,
            words: "Google does not take this kind of credential.",
            fix: "Use a refresh token or a service account.",
            concernsAll: true),
        Verdict(
            "OAUTH_THROTTLED", .retry,
            words: "Google asks for fewer requests for tokens."),
        Verdict(
            "OAUTH_UNAVAILABLE", .retry,
            words: "Google's token service does not work at the moment."),
        Verdict(
            "OAUTH_ANSWER_UNREADABLE", .retry,
            words: "What answered is not Google's token service.",
            fix: "If it lasts, check the configured OAuth URL and any proxy."),
        Verdict(
            "UNAUTHENTICATED", .fixConfiguration,
            words: "Google does not take the access token.",
            fix: "Set the credential anew.",
            concernsAll: true),
        Verdict(
            "ACCESS_TOKEN_EXPIRED", .fixConfiguration,
            words: "Google calls a new access token expired.",
            fix: "Check the clock of this machine, and set the credential anew.",
            concernsAll: true),
        Verdict(
            "ACCESS_TOKEN_TYPE_UNSUPPORTED", .fixConfiguration,
            words: "Google does not take this kind of access token.",
            fix: "Use a refresh token or a service account.",
            concernsAll: true),
        Verdict(
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT", .fixConfiguration,
            words: "The credential does not cover the Data Manager API.",
            fix:
                "Make the credential anew with the scope https://www.googleapis.com/auth/datamanager.",
            concernsAll: true),
        Verdict(
            "CREDENTIALS_MISSING", .fixConfiguration,
            words: "Google did not see the access token.",
            fix: "Check any proxy between this machine and Google.",
            concernsAll: true),
        Verdict(
            "ACCOUNT_STATE_INVALID", .fixConfiguration,
            words: "The account of the credential is closed or suspended.",
            fix: "Use the credential of an active account.",
            concernsAll: true),
        Verdict(
            "SERVICE_DISABLED", .fixConfiguration,
            words: "The Data Manager API is switched off in the Cloud project.",
            fix: "Enable the Data Manager API in the Cloud project.",
            concernsAll: true),
        Verdict(
            "BILLING_DISABLED", .fixConfiguration,
            words: "The Cloud project has no billing.",
            fix: "Enable billing in the Cloud project.",
            concernsAll: true),
        Verdict(
            "CONSUMER_INVALID", .fixConfiguration,
            words: "The Cloud project is not valid.",
            fix: "Check the quota project of the destination.",
            concernsAll: true),
        Verdict(
            "CONSUMER_SUSPENDED", .fixConfiguration,
            words: "The Cloud project is suspended.",
            fix: "See the notices in the Cloud console.",
            concernsAll: true),
        Verdict(
            "USER_PROJECT_DENIED", .fixConfiguration,
            words: "The credential may not use the quota project.",
            fix: "Give it the role Service Usage Consumer in that Cloud project.",
            concernsAll: true),
        Verdict(
            "RATE_LIMIT_EXCEEDED", .retry,
            words: "The Cloud project has used up its requests for this minute or day.",
            fix: "If it lasts, ask Google for a larger quota."),
        Verdict(
            "UNAVAILABLE", .retry,
            words: "Google does not work at the moment."),
        Verdict(
            "INTERNAL", .retry,
            words: "Google had an internal error."),
        Verdict(
            "UNKNOWN", .retry,
            words: "Google had an error that it does not name."),
        Verdict(
            "ABORTED", .retry,
            words: "Google met a conflict with another request."),
        Verdict(
            "CANCELLED", .retry,
            words: "Google broke the request off."),
        Verdict(
            "DATA_LOSS", .retry,
            words: "Google reports a loss of data of its own."),
        Verdict(
            "FAILED_PRECONDITION", .fixConfiguration,
            words: "Something must be set up before Google takes this request.",
            fix:
                "Look at the account in Google Ads; report it with the request id if nothing is missing.",
            concernsAll: true),
        Verdict(
            "OUT_OF_RANGE", .giveUp,
            words: "A value lies outside what Google allows.",
            fix: "Look at the upload."),
        Verdict(
            "UNIMPLEMENTED", .fixConfiguration,
            words: "Google does not offer what was asked.",
            fix: "Check the configured base URL.",
            concernsAll: true),
        Verdict(
            "HTTP_408", .retry,
            words:
                "Something on the way to Google answered with status 408: the request took too long."
        ),
        Verdict(
            "HTTP_409", .retry,
            words:
                "Something on the way to Google answered with status 409: another request stood in the way."
        ),
        Verdict(
            "HTTP_500", .retry,
            words: "Something on the way to Google answered with status 500: an internal error."),
        Verdict(
            "HTTP_502", .retry,
            words: "Something on the way to Google answered with status 502: a gateway failed."),
        Verdict(
            "HTTP_503", .retry,
            words:
                "Something on the way to Google answered with status 503: it does not work at the moment."
        ),
        Verdict(
            "HTTP_504", .retry,
            words:
                "Something on the way to Google answered with status 504: a gateway waited too long."
        ),
        Verdict(
            "HTTP_301", .retry,
            words: "What answered with status 301 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "HTTP_302", .retry,
            words: "What answered with status 302 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "HTTP_307", .retry,
            words: "What answered with status 307 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "HTTP_308", .retry,
            words: "What answered with status 308 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "HTTP_400", .retry,
            words: "What answered with status 400 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "HTTP_404", .retry,
            words: "What answered with status 404 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "HTTP_405", .retry,
            words: "What answered with status 405 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "HTTP_407", .retry,
            words: "What answered with status 407 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "HTTP_411", .retry,
            words: "What answered with status 411 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "HTTP_413", .retry,
            words: "What answered with status 413 does not speak as Google does.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "NAME_UNKNOWN", .retry,
            words: "Google's name is not known to DNS.",
            fix: "Check the configured base URL and the DNS of this machine."),
        Verdict(
            "CONNECTION_REFUSED", .retry,
            words: "Nothing listens where Google should be.",
            fix: "Check the configured base URL."),
        Verdict(
            "NETWORK_UNREACHABLE", .retry,
            words: "There is no way to Google.",
            fix: "If it lasts, check the network of this machine."),
        Verdict(
            "CONNECT_TIMED_OUT", .retry,
            words: "No connection to Google came about in time.",
            fix: "If it lasts, check the network of this machine."),
        Verdict(
            "ANSWER_TIMED_OUT", .retry,
            words: "No complete answer came from Google in time; the same is sent again.",
            fix: "If it lasts, check the network of this machine."),
        Verdict(
            "CERTIFICATE_NOT_TRUSTED", .retry,
            words: "What answered could not prove to be Google.",
            fix: "Check the clock of this machine, its authorities, and any proxy."),
        Verdict(
            "TLS_FAILED", .retry,
            words: "No encrypted connection to Google came about.",
            fix: "Check any proxy."),
        Verdict(
            "CONNECTION_RESET", .retry,
            words: "The connection to Google broke off; the same is sent again.",
            fix: "If it lasts, check the network of this machine."),
        Verdict(
            "CONNECTION_FAILED", .retry,
            words: "The connection to Google failed.",
            fix: "If it lasts, check the network of this machine."),
        Verdict(
            "ANSWER_UNREADABLE", .retry,
            words: "What answered cannot be read as Google's answer; the same is sent again.",
            fix: "If it lasts, check the configured base URL and any proxy."),
        Verdict(
            "ANSWER_TOO_LARGE", .retry,
            words: "The answer is larger than Convey reads; the same is sent again.",
            fix: "If it lasts, report it."),
        Verdict(
            "UNREADABLE_CODE", .retry,
            words: "Google gave a reason that is no code.",
            fix: "Report it with the request id."),
        Verdict(
            "STOPPED", .retry,
            words: "Convey was stopped while it waited for the answer; the same is sent again."),
    ]
}
