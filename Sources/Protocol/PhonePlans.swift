/// How people of one country write their own telephone numbers.
struct PhonePlan: Sendable {
    /// ISO 3166-1 alpha-2.
    let countries: [String]
    /// Behind the `+`.
    let code: String
    /// What stands before the area at home and falls away abroad; empty where nothing does.
    let trunk: String
    /// Digits without code and trunk, for a number written as at home.
    let lengths: ClosedRange<Int>
    /// What such a number may begin with.
    let first: String
    /// Prefix of calls abroad; empty: none that is safe to tell from a number of the country.
    var exit = "00"
    /// A number of that length that begins so is also written without the trunk.
    var bare: (first: String, length: Int)?
    /// Leading zeros belong to the number.
    var keepsZero = false
}

/// Numbering plans, as far as they can be read without doubt. Countries that are not here have only
/// numbers with `+` or `00`: no hash is better than a wrong one.
/// - Source: ITU-T E.164 and the national plans published with it.
enum PhonePlans {
    static func plan(of country: String) -> PhonePlan? { byCountry[country] }

    /// The plan of a calling code; that of one country where several share it.
    static func plan(code: String) -> PhonePlan? { byCode[code] }

    /// The assigned calling code that a number begins with; nil where there is none.
    static func code(of digits: String) -> String? {
        (1...3).lazy.map { String(digits.prefix($0)) }.first { assigned.contains($0) }
    }

    private static let byCountry = Dictionary(
        uniqueKeysWithValues: plans.flatMap { plan in plan.countries.map { ($0, plan) } })
    private static let byCode = Dictionary(plans.map { ($0.code, $0) }) { first, _ in first }

    private static let any = "123456789"

    static let plans: [PhonePlan] = [
        // With a trunk prefix
        PhonePlan(countries: ["AT"], code: "43", trunk: "0", lengths: 7...12, first: any),
        PhonePlan(
            countries: ["AU"], code: "61", trunk: "0", lengths: 9...9, first: "23478", exit: "0011"),
        PhonePlan(countries: ["BE"], code: "32", trunk: "0", lengths: 8...9, first: any),
        PhonePlan(countries: ["BG"], code: "359", trunk: "0", lengths: 8...9, first: any),
        PhonePlan(countries: ["CH"], code: "41", trunk: "0", lengths: 9...9, first: any),
        PhonePlan(
            countries: ["CN"], code: "86", trunk: "0", lengths: 10...11, first: any,
            bare: ("1", 11)),
        PhonePlan(countries: ["DE"], code: "49", trunk: "0", lengths: 7...11, first: any),
        PhonePlan(countries: ["FI"], code: "358", trunk: "0", lengths: 6...10, first: any),
        PhonePlan(countries: ["FR"], code: "33", trunk: "0", lengths: 9...9, first: any),
        PhonePlan(
            countries: ["GB", "GG", "IM", "JE"], code: "44", trunk: "0", lengths: 9...10,
            first: any),
        PhonePlan(countries: ["HR"], code: "385", trunk: "0", lengths: 8...9, first: any),
        PhonePlan(countries: ["HU"], code: "36", trunk: "06", lengths: 8...9, first: any),
        PhonePlan(countries: ["IE"], code: "353", trunk: "0", lengths: 7...9, first: any),
        PhonePlan(
            countries: ["IL"], code: "972", trunk: "0", lengths: 8...9, first: "234578"),
        PhonePlan(
            countries: ["IN"], code: "91", trunk: "0", lengths: 10...10, first: any,
            bare: ("6789", 10)),
        PhonePlan(
            countries: ["JP"], code: "81", trunk: "0", lengths: 9...10, first: any, exit: "010"),
        PhonePlan(
            countries: ["KR"], code: "82", trunk: "0", lengths: 9...10, first: "123456",
            exit: ""),
        PhonePlan(
            countries: ["MY"], code: "60", trunk: "0", lengths: 8...10, first: any),
        PhonePlan(countries: ["NL"], code: "31", trunk: "0", lengths: 9...9, first: any),
        PhonePlan(countries: ["NZ"], code: "64", trunk: "0", lengths: 8...10, first: "234679"),
        PhonePlan(countries: ["PH"], code: "63", trunk: "0", lengths: 9...10, first: any),
        PhonePlan(countries: ["RO"], code: "40", trunk: "0", lengths: 9...9, first: "237"),
        PhonePlan(countries: ["RS"], code: "381", trunk: "0", lengths: 8...9, first: any),
        PhonePlan(
            countries: ["RU"], code: "7", trunk: "8", lengths: 10...10, first: "3489", exit: "810"),
        PhonePlan(
            countries: ["KZ"], code: "7", trunk: "8", lengths: 10...10, first: "7", exit: "810"),
        PhonePlan(countries: ["SE"], code: "46", trunk: "0", lengths: 7...9, first: any),
        PhonePlan(countries: ["SI"], code: "386", trunk: "0", lengths: 8...8, first: any),
        PhonePlan(countries: ["SK"], code: "421", trunk: "0", lengths: 9...9, first: any),
        PhonePlan(
            countries: ["TH"], code: "66", trunk: "0", lengths: 8...9, first: any, exit: "001"),
        PhonePlan(countries: ["TR"], code: "90", trunk: "0", lengths: 10...10, first: "2345"),
        PhonePlan(
            countries: ["TW"], code: "886", trunk: "0", lengths: 8...9, first: any, exit: "002"),
        PhonePlan(countries: ["UA"], code: "380", trunk: "0", lengths: 9...9, first: any),
        PhonePlan(countries: ["VN"], code: "84", trunk: "0", lengths: 9...10, first: any),
        PhonePlan(countries: ["ZA"], code: "27", trunk: "0", lengths: 9...9, first: any),
        PhonePlan(countries: ["AE"], code: "971", trunk: "0", lengths: 8...9, first: "234567"),
        PhonePlan(countries: ["SA"], code: "966", trunk: "0", lengths: 9...9, first: "15"),
        PhonePlan(countries: ["EG"], code: "20", trunk: "0", lengths: 8...10, first: any),
        PhonePlan(countries: ["MA"], code: "212", trunk: "0", lengths: 9...9, first: "5678"),
        PhonePlan(countries: ["KE"], code: "254", trunk: "0", lengths: 9...9, first: "17"),
        PhonePlan(countries: ["PK"], code: "92", trunk: "0", lengths: 9...10, first: any),

        // Without one
        PhonePlan(
            countries: ["US", "CA", "PR"], code: "1", trunk: "1", lengths: 10...10,
            first: "23456789", exit: "011", bare: ("23456789", 10)),
        PhonePlan(countries: ["CZ"], code: "420", trunk: "", lengths: 9...9, first: "234567"),
        PhonePlan(countries: ["DK"], code: "45", trunk: "", lengths: 8...8, first: "23456789"),
        PhonePlan(countries: ["EE"], code: "372", trunk: "", lengths: 7...8, first: "345678"),
        PhonePlan(countries: ["ES"], code: "34", trunk: "", lengths: 9...9, first: "6789"),
        PhonePlan(countries: ["GR"], code: "30", trunk: "", lengths: 10...10, first: "26"),
        PhonePlan(
            countries: ["HK"], code: "852", trunk: "", lengths: 8...8, first: "235679",
            exit: "001"),
        PhonePlan(countries: ["IS"], code: "354", trunk: "", lengths: 7...7, first: "45678"),
        PhonePlan(
            countries: ["IT", "VA"], code: "39", trunk: "", lengths: 9...10, first: "03",
            keepsZero: true),
        PhonePlan(countries: ["LV"], code: "371", trunk: "", lengths: 8...8, first: "26"),
        PhonePlan(countries: ["MT"], code: "356", trunk: "", lengths: 8...8, first: "279"),
        PhonePlan(countries: ["MX"], code: "52", trunk: "", lengths: 10...10, first: any),
        PhonePlan(countries: ["NO"], code: "47", trunk: "", lengths: 8...8, first: "2345679"),
        PhonePlan(countries: ["PL"], code: "48", trunk: "", lengths: 9...9, first: any),
        PhonePlan(countries: ["PT"], code: "351", trunk: "", lengths: 9...9, first: "29"),
        PhonePlan(countries: ["CY"], code: "357", trunk: "", lengths: 8...8, first: "29"),
        PhonePlan(
            countries: ["SG"], code: "65", trunk: "", lengths: 8...8, first: "3689", exit: ""),
        PhonePlan(
            countries: ["BR"], code: "55", trunk: "", lengths: 10...11, first: any, exit: ""),
        PhonePlan(
            countries: ["CL"], code: "56", trunk: "", lengths: 9...9, first: "23456789", exit: ""),
    ]

    /// Every code that is in use.
    private static let assigned: Set<String> = {
        let ranges = [
            1...1, 7...7, 20...20, 27...27, 30...34, 36...36, 39...41, 43...49, 51...58, 60...66,
            81...82, 84...84, 86...86, 90...95, 98...98, 211...213, 216...216, 218...218,
            220...269, 290...291, 297...299, 350...359, 370...378, 380...383, 385...387, 389...389,
            420...421, 423...423, 500...509, 590...599, 670...670, 672...683, 685...692, 850...850,
            852...853, 855...856, 880...880, 886...886, 960...968, 970...977, 992...996, 998...998,
        ]
        return Set(ranges.joined().map { String($0) })
    }()
}
