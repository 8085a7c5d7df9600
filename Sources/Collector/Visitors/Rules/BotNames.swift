/// How crawlers, link previews, monitors and browsers without a user name themselves. Plain HTTP
/// libraries are not among them: servers and apps use them for real visitors.
enum BotNames {
    /// A word that ends so is a bot's: `Googlebot`, `AdsBot`, `MJ12bot`.
    static let endings = ["bot", "bots", "robot"]
    /// A word that holds this is a bot's.
    static let parts = ["crawl", "spider", "scrape"]
    /// Words that only look so: a maker of phones.
    static let exceptions: Set<String> = ["cubot"]

    /// Words, or two words in a row, of everything else.
    static let words = [
        // Search engines and advertising platforms without "bot" in their names
        "mediapartners google", "apis google", "feedfetcher google", "google inspectiontool",
        "googleother", "google read", "google adwords", "google favicon", "google structured",
        "storebot google", "appengine google", "slurp", "bingpreview", "adidxbot", "teoma",
        "ask jeeves", "ia archiver", "baiduspider", "yandex.com", "yandexmetrika", "yandeximages",
        "yandexdirect", "mail.ru bot", "sogou web", "daumoa", "yeti", "coccocbot", "seznambot",
        "scooter", "gigabot", "msrbot", "nutch", "nutchcvs", "heritrix", "wotbox", "zyborg",
        "altavista", "lycos", "voyager", "grub", "larbin", "xenu", "linkwalker", "blexbot",
        "semanticdiscovery", "boitho.com", "msiecrawler", "ccubee", "findlinks", "jyxobot",
        // Language models
        "gptbot", "chatgpt user", "oai searchbot", "claudebot", "claude web", "claude user",
        "anthropic ai", "perplexity user", "cohere ai", "meta externalagent",
        "meta externalfetcher", "bytespider", "ccbot", "diffbot", "google extended",
        // Link previews
        "facebookexternalhit", "facebookcatalog", "facebookplatform", "whatsapp",
        "skypeuripreview", "embedly", "outbrain", "flipboardproxy", "pinterestbot", "vkshare",
        "bitlybot", "nuzzel", "tumblr", "redditbot", "iframely", "quora link", "snap url",
        "yahoocachesystem", "yahoo link", "gmailimageproxy", "googleimageproxy",
        "bufferbot", "viber url", "line poker", "developers.google.com", "slack imgproxy",
        // Monitors and audits
        "uptimerobot", "pingdom", "pingdom.com", "pingdomtms", "statuscake", "site24x7", "gtmetrix",
        "chrome lighthouse", "pagespeed", "page speed", "speedcurve", "ptst", "webpagetest",
        "catchpoint", "ruxit", "ruxitsynthetic", "dynatrace", "dynatracesynthetic",
        "datadogsynthetics", "newrelicsynthetics", "rigor", "alertra", "monitis", "checkly",
        "hetrixtools", "freshping", "uptime kuma", "nodeping", "jetmon", "check http",
        "observatory", "sitecheck", "w3c validator", "w3c checklink", "w3c css", "nessus",
        "nikto", "sqlmap", "acunetix", "netsparker", "openvas", "zgrab", "masscan", "censysinspect",
        "expanse", "internetmeasurement",
        // Search optimizers' and archives' own
        "screaming frog", "sitebulb", "siteimprove", "ahrefssiteaudit", "semrush", "seokicks",
        "serpstatbot", "deepcrawl", "contentking", "oncrawl", "ryte", "archive.org",
        "httrack", "webcopier", "teleport", "offline explorer", "webzip", "sitesucker",
        // Browsers without a user
        "headlesschrome", "headless", "phantomjs", "slimerjs", "puppeteer", "electron cypress",
        "cypress", "splash", "scrapy", "zombie.js", "htmlunit",
    ]
}
