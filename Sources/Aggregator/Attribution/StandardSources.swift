extension SourceCategories {
    /// The better known of Google's list, and AI assistants.
    /// - Source: “GA4 default channel group sources and categories”, linked from
    ///   support.google.com/analytics/answer/9756891.
    package static let standard = SourceCategories([
        .search: [
            "360.cn", "alice", "aol.*", "ask", "ask.com", "auone", "avg", "babylon", "baidu.*",
            "biglobe", "bing.*", "brave", "daum.*", "dogpile.*", "duckduckgo.*", "ecosia.*",
            "eniro", "exalead.*", "excite.com", "firmy.cz", "google-play", "google.*",
            "googlemybusiness", "kvasir", "lycos.*", "mojeek.*", "naver.*", "presearch.*",
            "qwant.*", "rambler.*", "search.brave.com", "seznam.*", "so.com", "sogou.*",
            "startpage.*", "startsiden", "swisscows.*", "virgilio.*", "ya.ru", "yahoo.*",
            "yandex.*",
        ],
        .social: [
            "away.vk.com", "badoo.*", "bit.ly", "blogger.*", "blogspot.*", "bluesky",
            "bsky.app", "buzzfeed.*", "deviantart.*", "digg.*", "discord.*", "disqus.*",
            "douban.*", "facebook.*", "fb", "fb.me", "flickr.*", "flipboard.*", "foursquare.*",
            "getpocket.com", "glassdoor.*", "goodreads.*", "groups.google.com", "hackernews",
            "houzz.*", "ig", "instagram.*", "kakao.*", "line", "line.me", "linkedin.*",
            "linktr.ee", "livejournal.*", "lnkd.in", "mastodon", "mastodon.social",
            "medium.com", "meetup.*", "messages.google.com", "messenger", "messenger.com",
            "meta", "mixi.jp", "news.ycombinator.com", "nextdoor.*", "odnoklassniki", "ok.ru",
            "pin.it", "pinterest.*", "pixiv.net", "plurk.*", "quora.*", "reddit.*",
            "researchgate.*", "skype.*", "slack.*", "snapchat.*", "stackexchange.*",
            "stackoverflow.*", "strava.*", "substack.*", "t.co", "t.me", "telegram", "threads",
            "threads.com", "threads.net", "tumblr.*", "twitter.*", "viadeo.*", "vk", "vk.com",
            "vkontakte", "wechat", "weibo.*", "whatsapp.*", "wordpress.*", "x", "x.com",
            "xing.*", "yammer.*", "yelp.*", "zalo.me",
        ],
        .video: [
            "bilibili.*", "crackle.*", "crunchyroll.*", "curiositystream.*", "d.tube",
            "dailymotion.*", "disneyplus.*", "hulu.*", "iq.com", "iqiyi.*", "netflix.*",
            "niconico", "nicovideo.jp", "odysee.com", "rumble.com", "ted.com", "tiktok.*",
            "twitch.*", "veoh.*", "vimeo.*", "wistia.*", "youku.*", "youtu.be", "youtube.*",
        ],
        .shopping: [
            "alibaba.*", "aliexpress.*", "amazon-adsystem.com", "amazon.*", "apps.shopify.com",
            "checkout.shopify.com", "ebay.*", "etsy.*", "google shopping", "igshopping",
            "mercadolibre.*", "mercadolivre.*", "rakuten.*", "shop.app", "shopify",
            "shopify.com", "shopping.google.com", "shopping.naver.com", "shopping.yahoo.co.jp",
            "shopzilla.*", "temu.*", "walmart.*", "zalando.*",
        ],
        .assistant: [
            "chat.mistral.ai", "chat.openai.com", "chatgpt", "chatgpt.com", "claude",
            "claude.ai", "copilot", "copilot.microsoft.com", "deepseek.*", "gemini",
            "gemini.google.com", "grok", "grok.com", "meta.ai", "openai", "openai.com",
            "perplexity", "perplexity.ai", "poe.com",
        ],
    ])
}
