import ConveyProtocol

/// What kind of device a word speaks of; the first row that fits wins.
enum DeviceNames {
    /// What begins so is a phone: makers who write the model behind their name without a blank.
    static let phones = ["nokia", "sonyericsson", "blackberry", "lenovolenovo"]

    static let rows: [(kind: DeviceKind, words: [String])] = [
        (
            .tv,
            [
                "smart tv", "smarttv", "hbbtv", "googletv", "google tv", "android tv", "appletv",
                "apple tv", "tvos", "apple coremedia", "roku", "bravia", "crkey", "viera",
                "netcast", "web0s", "philipstv", "nettv", "ce html", "webtv", "inettvbrowser",
                "large screen", "dtv", "hisense tv", "vidaa", "mibox", "mitv", "firetv", "fire tv",
                "aftb", "aftm", "aftmm", "afts", "aftt", "aftn", "aftka", "aftkmst12", "aftr",
                "aftss", "afta", "afteamr", "aftgazl", "shield android",
            ]
        ),
        (
            .console,
            [
                "playstation", "nintendo", "xbox", "steam deck", "steamdeck", "ouya",
                "nintendo switch", "wiiu", "wii", "psp", "vita",
            ]
        ),
        (
            .wearable,
            [
                "watchos", "apple watch", "wear os", "wearos", "galaxy watch", "oculusbrowser",
                "quest", "glass", "visionos", "moto 360",
            ]
        ),
        (
            .tablet,
            [
                "ipad", "ipados", "tablet", "playbook", "kindle", "silk", "nook", "touchpad",
                "galaxy tab", "nexus 7", "nexus 9", "nexus 10", "pixel c", "xoom", "transformer",
                "opera tablet", "kfot", "kftt", "kfjwi", "kfthwi", "kfapwi", "kfsowi", "kfarwi",
                "iconia", "ideatab", "ideapad", "mediapad", "mipad", "mi pad", "gt p", "sm t",
                "sm x", "sm p", "sgp", "streak 7", "tab", "pad", "mid",
            ]
        ),
        (
            .mobile,
            [
                "iphone", "ipod", "mobile", "windows phone", "iemobile", "opera mini",
                "opera mobi", "blackberry", "bb10", "symbianos", "symbos", "symbian", "series60",
                "series40", "nokia", "sonyericsson", "docomo", "midp", "midp2", "cldc", "j2me",
                "up.browser", "up.link", "kaios", "palmos", "palm", "webos", "hpwos", "windows ce",
                "pocketpc", "bada", "brew", "ucweb", "kddi", "softbank", "vodafone", "j phone",
                "fbios", "smartphone", "phone", "blazer", "obigo", "dolfin", "openwave", "netfront",
                "portalmmm", "fennec", "fxios", "maemo", "meego", "mot", "lg", "samsung", "sec",
                "sie", "panasonic", "sharp", "sagem", "alcatel", "philips", "zte", "huawei", "htc",
                "lge", "motorola", "maui", "wap", "profile", "sanyo", "sprint", "amoi", "pantech",
                "haier", "spice", "micromax", "gionee", "bird", "lenovo", "imobile", "mobilesafari",
                "sendo", "palm750", "treo", "nexus 5", "nexus 6",
            ]
        ),
        (
            .desktop,
            [
                "windows", "winnt", "win98", "win95", "win32", "win64", "macintosh", "mac os",
                "macos", "mac powerpc", "x11", "cros", "linux", "freebsd", "openbsd", "netbsd",
                "sunos", "irix", "os 2", "beos", "ubuntu",
            ]
        ),
    ]
}
