/// How operating systems are named; the first row that fits wins, since many name those that they are
/// like: Windows Phone names Android and iPhone, an iPhone is "like Mac OS X".
enum SystemNames {
    typealias Row = (family: String, words: [String])

    static let iOS = "iOS"
    static let android = "Android"
    static let macOS = "macOS"

    static let rows: [Row] = [
        ("Windows Phone", ["windows phone", "wpdesktop", "iemobile"]),
        ("Windows CE", ["windows ce", "windows mobile", "pocketpc"]),
        ("PlayStation", ["playstation", "orbis os"]), ("Nintendo", ["nintendo"]),
        ("Roku", ["roku", "dvp"]), ("KaiOS", ["kaios"]), ("Tizen", ["tizen"]),
        ("webOS", ["web0s", "webos", "hpwos", "wosbrowser"]),
        ("HarmonyOS", ["harmonyos", "openharmony", "arkweb"]),
        ("watchOS", ["watchos", "apple watch"]),
        ("tvOS", ["tvos", "appletv", "apple tv"]), ("Bada", ["bada"]),
        ("BlackBerry", ["blackberry", "bb10", "rim tablet", "playbook"]),
        (
            "Symbian",
            ["symbianos", "symbos", "symbian", "series60", "series 60", "s60", "s60v3", "s60v5"]
        ),
        ("Series 40", ["series40", "series 40", "nokia", "nokiac3"]),
        (android, ["android", "adr", "dalvik", "googletv", "crkey", "quest", "silk"]),
        (
            iOS,
            ["iphone", "ipad", "ipod", "iphone os", "ipados", "cpu os", "ios", "fbios", "iphoneos"]
        ),
        ("Chrome OS", ["cros", "chrome os", "chromeos"]),
        ("Palm OS", ["palmos", "palm os", "palmsource"]), ("BREW", ["brew", "bmp"]),
        ("WebTV", ["webtv"]), ("MeeGo", ["meego"]), ("Maemo", ["maemo"]),
        (
            "Windows",
            [
                "windows", "winnt", "win98", "win95", "win32", "win64", "win16", "windows nt",
                "win 9x",
            ]
        ),
        (macOS, ["macintosh", "mac os", "macos", "mac powerpc", "mac ppc", "osx"]),
        ("FreeBSD", ["freebsd"]), ("OpenBSD", ["openbsd"]), ("NetBSD", ["netbsd"]),
        ("Solaris", ["sunos", "solaris"]), ("AIX", ["aix"]), ("HP-UX", ["hp ux"]),
        ("IRIX", ["irix", "irix64"]), ("OS/2", ["os 2"]), ("BeOS", ["beos", "haiku"]),
        ("AmigaOS", ["amigaos", "amiga"]),
        (
            "Linux",
            ["linux", "ubuntu", "debian", "fedora", "suse", "mandriva", "gentoo", "centos", "x11"]
        ),
    ]
}
