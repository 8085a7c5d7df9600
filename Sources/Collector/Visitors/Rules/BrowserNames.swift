/// How browsers name themselves. Nearly all also name the browsers that they imitate, so the first
/// row that fits wins: what is built upon others stands before them.
enum BrowserNames {
    typealias Row = (family: String, words: [String])

    static let chrome = "Chrome"
    static let chromium = "Chromium"
    static let safari = "Safari"
    static let androidBrowser = "Android Browser"
    static let androidWebView = "Android WebView"
    static let iOSWebView = "iOS WebView"
    static let appleApp = "Apple app"

    static let rows: [Row] = inApps + builtUponOthers + oldOnes + engines + programs

    /// Pages shown inside another program.
    private static let inApps: [Row] = [
        ("Facebook", ["fban", "fbav", "fb iab", "fbios", "fb4a", "messengerforios", "fbid"]),
        ("Instagram", ["instagram"]), ("Threads", ["barcelona"]),
        ("TikTok", ["tiktok", "musical ly", "bytedancewebview", "bytelocale", "trill"]),
        ("Pinterest", ["pinterest"]), ("Snapchat", ["snapchat"]),
        ("LinkedIn", ["linkedinapp", "linkedin"]),
        ("X", ["twitter", "twitterandroid"]), ("Reddit", ["reddit"]),
        ("WeChat", ["micromessenger", "wechat"]), ("Weibo", ["weibo"]),
        ("KakaoTalk", ["kakaotalk"]), ("Line", ["line"]), ("Naver", ["naver"]),
        ("Daum", ["daumapps"]), ("Kakao Story", ["kakaostory"]), ("Zalo", ["zalo"]),
        ("Flipboard", ["flipboard"]), ("Google App", ["gsa"]),
        ("Baidu", ["baiduboxapp", "baidubrowser", "bidubrowser", "flyflow", "baidu"]),
        ("Alipay", ["alipayclient"]), ("Discord", ["discord"]), ("Slack", ["slack"]),
        ("Teams", ["teams"]), ("Thunderbird", ["thunderbird", "icedove"]),
        ("Postbox", ["postbox"]), ("Outlook", ["outlook", "microsoft outlook", "macoutlook"]),
        ("Steam", ["gameoverlay", "steam"]),
    ]

    private static let builtUponOthers: [Row] = [
        ("Oculus Browser", ["oculusbrowser"]), ("Opera Mini", ["opera mini"]),
        ("Opera GX", ["oprgx", "opx"]), ("Opera Touch", ["opt"]),
        ("Opera", ["opr", "opera", "opios", "opera mobi", "opera tablet"]),
        ("Edge", ["edg", "edga", "edgios", "edge", "microsoft edge"]),
        ("Samsung Internet", ["samsungbrowser", "samsung internet", "samsung crossapp"]),
        ("Yandex Browser", ["yabrowser", "yandex", "yowser", "yandexsearch", "yasearchbrowser"]),
        ("Vivaldi", ["vivaldi"]), ("Brave", ["brave"]), ("Whale", ["whale"]),
        ("DuckDuckGo", ["duckduckgo", "ddg"]), ("Ecosia", ["ecosia"]), ("Arc", ["arc"]),
        ("UC Browser", ["ucbrowser", "ucweb", "ubrowser", "uc browser", "ucmini"]),
        ("QQ Browser", ["mqqbrowser", "qqbrowser", "qqbrowserlite"]), ("QQ", ["qq"]),
        ("Mi Browser", ["miuibrowser", "xiaomi miuibrowser"]),
        ("Huawei Browser", ["huaweibrowser"]), ("Honor Browser", ["honorbrowser"]),
        ("Oppo Browser", ["heytapbrowser", "oppobrowser"]), ("Vivo Browser", ["vivobrowser"]),
        ("HiBrowser", ["hibrowser"]), ("Phoenix Browser", ["phx", "phoenix"]),
        ("Sogou Explorer", ["metasr", "sogoumobilebrowser"]),
        ("360 Browser", ["360se", "qhbrowser"]),
        ("LieBao", ["lbbrowser"]), ("Mail.ru", ["mailrubrowser", "atom", "amigo"]),
        ("Maxthon", ["maxthon", "mxbrowser", "mxnitro", "mxios"]), ("MyIE2", ["myie2"]),
        ("Amazon Silk", ["silk"]), ("Puffin", ["puffin"]),
        ("Coc Coc", ["coc coc", "coccoc"]), ("Avast", ["avast", "asw"]), ("AVG", ["avg"]),
        ("Sleipnir", ["sleipnir"]), ("Lunascape", ["lunascape"]),
        ("Avant", ["avant"]), ("Crazy Browser", ["crazy browser"]), ("Iron", ["iron"]),
        ("Comodo Dragon", ["comodo dragon", "dragon"]), ("Epic", ["epic"]),
        ("Falkon", ["falkon", "qupzilla"]),
        ("Midori", ["midori"]), ("OmniWeb", ["omniweb"]), ("Iridium", ["iridium"]),
        ("Qt WebEngine", ["qtwebengine"]), ("Rekonq", ["rekonq"]), ("iCab", ["icab"]),
        ("Arora", ["arora"]), ("Otter", ["otter"]), ("Dolphin", ["dolphin"]),
        ("OBS Studio", ["obs"]), ("ONE Browser", ["onebrowser"]), ("Tenta", ["tenta"]),
        ("Aloha", ["alohabrowser"]), ("Ladybird", ["ladybird"]), ("Electron", ["electron"]),
        ("Adobe AIR", ["adobeair"]),
        ("Firefox Focus", ["focus", "klar"]), ("SeaMonkey", ["seamonkey"]), ("Camino", ["camino"]),
        ("Pale Moon", ["palemoon"]), ("Waterfox", ["waterfox"]), ("LibreWolf", ["librewolf"]),
        ("K-Meleon", ["meleon", "k meleon"]), ("Galeon", ["galeon"]),
        ("Epiphany", ["epiphany"]), ("Iceweasel", ["iceweasel"]), ("IceCat", ["icecat"]),
        ("Flock", ["flock"]), ("Netscape", ["netscape", "netscape6"]), ("Swiftfox", ["swiftfox"]),
        ("Basilisk", ["basilisk"]), ("Cliqz", ["cliqz"]),
    ]

    /// Of phones with keys, of terminals, and of the last century.
    private static let oldOnes: [Row] = [
        ("Internet Explorer", ["iemobile", "msie", "trident"]),
        ("UP.Browser", ["up.browser"]), ("NetFront", ["netfront", "nx"]),
        ("Obigo", ["obigo", "obigointernetbrowser", "teleca"]), ("Dolfin", ["dolfin"]),
        ("Polaris", ["polaris"]), ("Openwave", ["openwave"]), ("Blazer", ["blazer"]),
        ("Nokia Browser", ["nokiabrowser", "browserng", "s60", "nokia5250"]),
        ("BlackBerry Browser", ["blackberry", "bb10", "playbook"]),
        ("webOS Browser", ["wosbrowser"]),
        ("Tizen Browser", ["tizenbrowser"]), ("Konqueror", ["konqueror"]), ("Lynx", ["lynx"]),
        ("ELinks", ["elinks"]), ("Links", ["links"]), ("w3m", ["w3m"]), ("Dillo", ["dillo"]),
        ("NetSurf", ["netsurf"]), ("Amaya", ["amaya"]), ("NCSA Mosaic", ["ncsa", "mosaic"]),
    ]

    private static let engines: [Row] = [
        (
            "Firefox",
            [
                "firefox", "fxios", "fennec", "minefield", "bonecho", "granparadiso", "shiretoko",
                "namoroka", "firebird",
            ]
        ),
        (chromium, ["chromium"]),
        (chrome, ["chrome", "crios", "google chrome", "crmo"]),
        (safari, ["safari", "mobilesafari"]),
    ]

    /// What is no browser, where nothing better was found.
    private static let programs: [Row] = [
        ("curl", ["curl", "libcurl"]), ("Wget", ["wget"]), ("Postman", ["postmanruntime"]),
        ("Python", ["python", "aiohttp", "httpx"]), ("Go", ["go http"]), ("Java", ["java"]),
        ("OkHttp", ["okhttp"]), ("PHP", ["guzzlehttp", "php"]), ("WordPress", ["wordpress"]),
        ("Node.js", ["node", "axios", "undici", "got"]), ("Dart", ["dart"]),
        ("Ruby", ["ruby", "faraday"]), ("Perl", ["libwww perl"]), (".NET", ["restsharp"]),
        (appleApp, ["cfnetwork"]), ("Android app", ["dalvik"]),
        ("VLC", ["vlc", "libvlc"]), ("QuickTime", ["quicktime"]), ("iTunes", ["itunes"]),
        ("AppleCoreMedia", ["applecoremedia"]), ("Roku", ["roku"]),
    ]
}
