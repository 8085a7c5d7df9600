/// Why an operator's change to sites or collectors is not made.
package enum SiteRefusal: Error, Equatable {
    case wrongName, nameTaken
    case unknownSite, unknownCollector, unknownKey
    case wrongOrigin, wrongTimeZone, wrongSecret, wrongCountry, wrongLimit, wrongWarning
    case wrongPolicyName, wrongParameter, wrongType
    /// A collector without a site has nothing to do.
    case noSites
    case wrongStates, wrongGrace, wrongWindow, wrongHalfLife, wrongPositions

    /// What is wrong, for the operator.
    package var sentence: String {
        switch self {
        case .wrongName: "A name has 1 to 253 characters of a-z, 0-9, dot, hyphen and colon."
        case .nameTaken: "One of this name exists in the organization."
        case .unknownSite: "There is no such site in the organization."
        case .unknownCollector: "There is no such collector in the organization."
        case .unknownKey: "There is no such key in force in the organization."
        case .wrongOrigin:
            "An origin is https:// or http://, a host and perhaps a port, no path; at most 100."
        case .wrongTimeZone: "A time zone is an IANA name, as Europe/Berlin."
        case .wrongSecret: "A secret has 1 to 256 bytes."
        case .wrongCountry: "A country is two capital letters, as DE, or none."
        case .wrongLimit: "A limit is 1 to 100,000,000 requests."
        case .wrongWarning: "An amount to warn above is more than 0, as 10000 or 249.50."
        case .wrongPolicyName:
            "A consent policy's name has 1 to 64 visible ASCII characters, or is none."
        case .wrongParameter:
            "Query parameters are at most 100 names of 1 to 64 visible ASCII characters."
        case .wrongType:
            "Lanes are set for at most 100 types: a-z first, then a-z, 0-9, dot and underscore."
        case .noSites: "The organization has no site yet: add one first."
        case .wrongStates:
            "Order states are 1 to 20 names of a-z, 0-9, hyphen and underscore, with commas between."
        case .wrongGrace: "The grace period is 0 s to 72 h."
        case .wrongWindow: "An attribution window has 1 to 90 days."
        case .wrongHalfLife: "A half-life has 1 to 90 days."
        case .wrongPositions: "The first and the last touch get 0 to 100 percent, together 100."
        }
    }
}
