// Made by scripts/train-dictionary, as protocol/dictionaries/schema-1.txt is; not to be edited.

extension BatchDictionary {
    /// The dictionary itself: pieces of made-up events, the most useful last.
    static let text: StaticString = #"""
        /www.tiktok.com/"},"client":{"ip":"221.6.212.0","user_agent":"Mozilla/5.0 (iPhone; C\#
        PU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E\#
        148 [FBAN/FBIOS;FBAV/450.0.0.38.108]","language":"de-DE","country":"PL","city":"Madr\#
        id",":"denied"},"data":{"search_term":"rain jacket"}}
        {"seq":3,"id":"0196f768-510e-7e5e-bd02-7e670e3ad39d","type":"newsletter_signup","sit\#
        e":"019c72b2-8663-7c01-98a2-f3c7bc455ca4","source":"browser","class":"site_key","occ\#
        urred_at":"2029-05-14T16:24:28.071Z","10","title":"Wool scarf","quantity":2,"price":\#
        "318.90"}],"flags":["clock_corrected"]}
        {"collector":"0193a113-b19f-7d36-999d-03deff042df0","epoch":"0198c0cc-10f3-742e-a740\#
        -d90e6db51fca","lane":"interaction","first_seq":70526,"last_seq":70540,"count":15,"g\#
        apaid","test":false},"value":{"amount":"92.99","currency":"JPY"},"items":[{"id":"228\#
        8654703206","variant":"64364419871945","title":"Desk lamp","quantity":1,"price":"41.\#
        90","line_item_id":"29001664648056","discount":"0"}],"data":{"topic":"orders/fulfill\#
        ed","e:"2028-11-22T07:08:02.773Z","order_number":"43464","confirmed":true,"buyer_acc\#
        epts_marketing":false,"totals":{"subtotal":"221.00","tax":"318.00","shipping":"0.00"\#
        ,"discounts":"0.00"}}}
        {"seq":3,"id":"478a4b69-6312-42ea-ae28-58b618a61a88","type":"refund","sy.com/product\#
        /rain-jacket/?utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid=Cj0KCQT5aMVE\#
        nLFoUW1CU7d5qxwR1CJ9D4jOFhS6L3JBZeRr05yGM7FLJvCzhwkO4p_wcB","path":"/products/tea-se\#
        t","title":"Desk lamp | Example shop","referrer":"https://www.linkedin.com/9670","sk\#
        u":"OAK-3223","title":"Oak table","category":"Kitchen","quantity":1,"price":"128.50"\#
        },{"id":"76981516692","variant":"9550701434307","title":"Travel mug","category":"Clo\#
        thing","quantity":3,"price":"78.90"},{"id":"2625350969457","variant":"691011272:"203\#
        0-11-05T10:16:38.767Z","clock_offset_ms":0,"visitor":"f7e13e9b-f91a-4c60-ac60-bdb031\#
        c8007f","session":"28ef19f3-13b7-4ed3-abf0-4cf4f0b20de9","page":{"url":"https://www.\#
        shop.example/collections/sale","path":"/products/notebook","title":"Wool scarf | Ex,\#
        "screen":"360x800","city":"Amsterdam","device":"mobile","browser":"Mobile Safari","o\#
        s":"iOS"},"click":{"ttclid":"E.C.P.n-Mqek8bYRRjcpVRdQBVMJlXDY5kQ6IE5JL-3snpniEuejY3O\#
        zTroMyy1oOX"},"utm":{"source":"newsletter","medium":"email","campaign":"spring_sale"\#
        },"90e","type":"shopify.checkouts_update","site":"0193d88c-8094-7d0c-81dc-b0a5d9c1b5\#
        b0","source":"shopify","class":"webhook","occurred_at":"2029-07-01T02:12:34.605Z","r\#
        eceived_at":"2029-07-01T02:12:34.605Z","clock_offset_ms":0,"data":{"topic":"checkout\#
        s/updatus":"on-hold"},"value":{"amount":"130.50","currency":"PLN"},"items":[{"id":"1\#
        859816496389","variant":"13479976663566","sku":"OAK-949","title":"Oak table","quanti\#
        ty":1,"price":"392.00"}],"data":{"topic":"order.created","date_created":"2031-08-25T\#
        15:21:33.544.242Z","updated_at":"2029-01-09T23:39:14.242Z"}}
        {"seq":2,"id":"bc51af25-2580-40d2-8672-c88272417ffc","type":"add_payment_info","site\#
        ":"0199da42-2a69-7637-8065-cfcc93e51651","source":"browser","class":"site_key","occu\#
        rred_at":"2027-06-17T00:26:02.390Z","ranted"},"data":{"plan":"basic","step":2,"succe\#
        ss":true}}
        {"seq":2,"id":"402d6a3c-ddd5-442d-9f8a-c1a117eb38f0","type":"view_cart","site":"0198\#
        d358-57ce-72e6-83da-2b3724b4bad0","source":"browser","class":"site_key","occurred_at\#
        ":"2026-11-23T00:32:11.153Z","rllections/accessories/products/desk-lamp?utm_source=n\#
        ewsletter&utm_medium=email&utm_campaign=retargeting"},"client":{"ip":"103.182.143.0"\#
        ,"user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Fi\#
        refox/145.0","language":"nl-NL","cocom/checkouts/cn/c83044a7c6dc7c245366961853fad28e\#
        ?utm_source=instagram&utm_medium=paid_social&utm_campaign=brand&utm_content=video&ut\#
        m_id=90101783805104366&fbclid=IwARRf8ZhShMlaTb4etJKr-zfA-nJWkDhsgYnLTIrRaHXJLW19omPu\#
        NfKzaMc","referrer":"https://duckduckgoutm_medium=cpc&utm_campaign=black_friday"},"c\#
        lient":{"ip":"70.47.235.0","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) A\#
        ppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36","language":"sv\#
        -SE","screen":"1440x900","country":"AT","de:"en-GB","screen":"2560x1440","device":"d\#
        esktop","browser":"Safari","os":"Mac OS X"},"consent":{"analytics":"denied","ad_user\#
        _data":"denied","ad_personalization":"denied"}}
        {"seq":3,"id":"subscription_start-4111973","type":"subscription_start","site":"0194t\#
        _ms":-865,"visitor":"267139f5-0f6c-410f-be50-562ff5b7b9c2","session":"486ee38b-888f-\#
        45c6-b483-37fef08a00ac","page":{"url":"https://shop.example/products/notebook?varian\#
        t=20535579349159","title":"Oak table | Example shop","referrer":"https://www.reddit.\#
        comucts/wool-scarf","path":"/products/oak-table","title":"Example shop","referrer":"\#
        https://l.instagram.com/"},"client":{"ip":"219.234.186.0","user_agent":"Mozilla/5.0 \#
        (Windows NT 10.0; Win64; x64; rv:136.0) Gecko/20100101 Firefox/136.0","language":"en\#
        -US","s3878441310","status":"cancelled","test":false},"value":{"amount":"347.90","cu\#
        rrency":"GBP"},"items":[{"id":"7753116223015","title":"Tea set","quantity":3,"price"\#
        :"282.95","line_item_id":"63382895844677","discount":"0"},{"id":"9504890126428","var\#
        iant":"8009_sha256":"a1be3e8a841035516f623d9296586fe0e2a3a77b10fafe63cf75f008837cefe\#
        d","country":"US"},"client":{"ip":"198.51.100.0","user_agent":"Mozilla/5.0 (X11; Lin\#
        ux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36"},"\#
        click":{"wbraid"https://www.bing.com/"},"client":{"ip":"2a09:ac1:cbb8::","user_agent\#
        ":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \#
        Chrome/144.0.0.0 Safari/537.36","language":"ja-JP","screen":"393x852","country":"GB"\#
        ,"city":"London","dlanguage":"en","screen":"412x915","city":"Hamburg","device":"mobi\#
        le","browser":"Facebook","os":"iOS"},"click":{"gclid":"Cj0KCQ3z5N-ACfi1bqcij_C2lWA3Y\#
        iOf9LLh7fXCViS0PNZXPllQKAu8AA7xRU7XLn_wcB"},"utm":{"source":"google","medium":"cpc",\#
        "campaign":"summer"},"c/www.shop.example/account/login?utm_source=google&utm_medium=\#
        cpc&utm_campaign=launch&ttclid=E.C.P.-ZN_E3g8_HYHWD4KAYa7-NPj0yAzrobMGpahjrbYm8mTbSa\#
        ReG5b57gMfopW","path":"/products/tea-set","title":"Notebook | Example shop","referre\#
        r":"https://m.facebook.com/price":"16.99"}]}
        {"seq":3,"id":"019776be-a724-7484-a3e2-84f787de06a5","type":"link_click","site":"019\#
        eaa59-0c63-7171-8020-c01a8d474e4e","source":"link","class":"site_key","occurred_at":\#
        "2031-11-16T23:33:06.349Z","received_at":"2031-11-16T23:33:06.349Z","cocessing"},"va\#
        lue":{"amount":"297.99","currency":"CAD"},"items":[{"id":"6296485725915","variant":"\#
        70249560002762","title":"Notebook","quantity":2,"price":"35.00"},{"id":"225161473700\#
        2","sku":"LIN-213","title":"Linen shirt","quantity":2,"price":"103.99"}],"t":"2027-1\#
        2-12T01:15:57.488Z","clock_offset_ms":0,"data":{"topic":"customers/create","event_id\#
        ":"dac727ae-65aa-4a57-8ad5-da4e92eaec1b","api_version":"2026-01","triggered_at":"203\#
        1-04-28T09:58:18.127Z","resource_id":"ed80599ce413dd2b2d7e526ed9e6f83a","tokenter","\#
        medium":"email","campaign":"launch"},"consent":{"analytics":"unknown","ad_user_data"\#
        :"unknown","ad_personalization":"unknown"}}
        {"seq":4,"id":"019234af-c70b-7266-85bc-11fb5a7833b6","type":"add_to_cart","site":"01\#
        92f65b-8ee0-73f1-a6a6-68f0ee6db148","ser.updated:614788:5c146667c9b06d86","type":"pu\#
        rchase","site":"01904610-1c5c-74e3-8945-3f6faff2d10e","source":"woocommerce","class"\#
        :"webhook","occurred_at":"2026-09-16T22:57:14.366Z","received_at":"2026-09-16T22:57:\#
        14.153Z","clock_offset_ms":0,"user":{"emai36x864","device":"desktop","browser":"Edge\#
        ","os":"Windows"},"click":{"ct_tracking_id":"24baff22-7de1-4ce0-8da9-093b46f1371b","\#
        ct_campaign_link_id":"53d5ce79-f179-41bf-8697-169b90c7cb32"},"utm":{"source":"google\#
        ","medium":"cpc","campaign":"black_friday"},"c56":"855b0db0930608713c7c60bac8a0bae92\#
        80ee1a40ce053dbf79554030890c0e2","last_name_sha256":"bdb5c0892e6e6697eacbcf53ef8cf2a\#
        a1a5d301aae8ac16e49b2dc16308eab39","city_sha256":"e3ce05ce9d0a56fcfa288af3407694528d\#
        3f48a46c2a764aa86a2e70f533b494","state_sha256":"75source":"google","medium":"organic\#
        "},"order":{"id":"419828","name":"419828","customer_id":"76122","status":"refunded"}\#
        ,"value":{"amount":"144.95","currency":"EUR"},"items":[{"id":"6081738592160","varian\#
        t":"50485110471615","sku":"TEA-7941","title":"Tea set".com/collections/kitchen/produ\#
        cts/rain-jacket?utm_source=facebook&utm_medium=paid_social&utm_campaign=retargeting&\#
        utm_content=carousel&utm_id=1267618034614277&fbclid=IwARqHCN21BUTzTS1L6MdLvtnOXW3tCl\#
        x8w1lGOiGSjkznLiUTnfCgSu3dMFq&fbc=fb.1.5280580999646.IwARqWin64; x64) AppleWebKit/53\#
        7.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0","language":"i\#
        t-IT","country":"ES","city":"Munich","device":"desktop","browser":"Edge","os":"Windo\#
        ws"},"click":{"msclkid":"fe1f40d677f3d9e32bb392ef46f54bd4"},"unt":"45264800532679","\#
        sku":"RAI-4945","title":"Rain jacket","quantity":3,"price":"260.00"},{"id":"69883727\#
        1168","sku":"WOO-5165","title":"Wool scarf","quantity":3,"price":"5.95"}]}
        {"seq":3,"id":"39573a64-07f7-4349-90cc-78046170752d","type":"view_item","si/www.shop\#
        .example/search?q=lamp","title":"Tea set | Example shop","referrer":"android-app://c\#
        om.google.android.googlequicksearchbox/"},"client":{"ip":"200.9.85.0","user_agent":"\#
        Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.sion/\#
        26.0 Safari/605.1.15","language":"es-ES","screen":"390x844","country":"NL","city":"P\#
        aris","device":"desktop","browser":"Safari","os":"Mac OS X"},"click":{"fbclid":"IwAR\#
        2-5wTaZX2ji0MitK5yibPnA5iaxRXtShnBO-W0Jy7UYEzt12O33i7d04p","fbc":"fb.1.7496620204507\#
        90730","country":"GB"},"data":{"plan":"pro","source":"app"}}
        {"collector":"019b0733-93d6-7906-a24b-69e5f8b87397","epoch":"019d5908-aef3-7ae5-8162\#
        -48d16ffb4737","lane":"conversion","first_seq":20333,"last_seq":20338,"count":6,"gap\#
        s":[],"chain_before":"69c6age":{"url":"https://shop.example/checkout/order-received/\#
        ?utm_source=newsletter&utm_medium=email&utm_campaign=spring_sale&ct_tracking_id=4b94\#
        8af6-66eb-498b-b1cf-71b1a31270b3&ct_campaign_link_id=17c3259b-21da-4958-9da1-874f676\#
        64046","title":"Rain jacket | 844","city":"Vienna","device":"mobile","browser":"Mobi\#
        le Safari","os":"iOS"},"click":{"fbclid":"IwARIv5ZcQJk-aY_6PEx8jycOl6qo21Rogmst1vjX9\#
        d2F3T2-K2vB0nhOcNp-"},"utm":{"source":"instagram","medium":"paid_social","campaign":\#
        "summer","content":"video","id":"9Chrome","os":"Linux"},"consent":{"analytics":"gran\#
        ted","ad_user_data":"granted","ad_personalization":"granted"}}
        {"seq":3,"id":"generate_lead-5959113","type":"generate_lead","site":"019ac7a2-cf3e-7\#
        964-be42-b44493de9ce8","source":"server","class":"server_ke.0) Gecko/20100101 Firefo\#
        x/118.0","language":"de-DE"},"order":{"id":"7493147688433","name":"51076","cart_toke\#
        n":"56ed8de5a74b8ced4bbbce94bbe6c249","checkout_token":"b72fcd80deaee085fdea29889aef\#
        e240","customer_id":"3635396534847","status":"partially_refunde.0 (Linux; Android 13\#
        ; SAMSUNG SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrom\#
        e/121.0.0.0 Mobile Safari/537.36","language":"de","screen":"1920x1080","country":"DE\#
        ","city":"Milan","device":"mobile","browser":"Samsung Internet","osb4650626","street\#
        _sha256":"db239f251bc0ea3e69efaceeb0ce0a4f3704fa05ba422e209809af738f755919","city_sh\#
        a256":"29ae8a0c33d3c2bc2159e05f1e118bbe55585fe41e2577430abb08b5b4a6795f","country":"\#
        SE"},"page":{"url":"https://shop.example.com/blogs/news","title":"Examp4491","sku":"\#
        NOT-3154","title":"Notebook","category":"Home","quantity":3,"price":"190.90"},{"id":\#
        "6410533618543","sku":"OAK-208","title":"Oak table","quantity":1,"price":"29.00"}]}
        {"seq":2,"id":"fb09fee3-fab4-4f90-9858-3ec2a79bf7ac","type":"page_view","si93d","cha\#
        in_after":"a26353203a2b36e10f6003782bf9486603e2b358f4146070eb1f9d83a95cac62","assign\#
        ed":{"conversion":63318,"interaction":37363,"pageview":20343},"pending_from":{"conve\#
        rsion":"2028-07-11T20:39:09.110Z","interaction":"2028-07-11T20:39:09.110Z","pag8.00"\#
        }],"data":{"topic":"order.created","date_created":"2031-10-11T21:44:52.589Z","date_m\#
        odified":"2031-10-11T21:44:52.589Z","date_paid":"2031-10-11T21:44:52.589Z","payment_\#
        method":"stripe","order_key":"wc_order_XJKAczIsKLsoN","created_via":"checkout"}}
        {"a/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0\#
        .0 Mobile Safari/537.36","language":"fr-FR","screen":"360x800","device":"mobile","br\#
        owser":"Chrome Mobile","os":"Android"},"consent":{"analytics":"unknown","ad_user_dat\#
        a":"un27c0871c14341b1f4a8bf2f30edfbde0b9c78f066180057bff3","email_sha256_google":"8e\#
        83549bf9e4c52066c8238031be6279696269dd8510fabe32c793c2e18228cb","phone_sha256_digits\#
        ":"e310c7f6385ba6083cad0a3d212bac577c63be8c34c944aee2ac87a6e30f736b","first_name_sha\#
        256":"4827ge":{"url":"https://shop-example.myshopify.com/products/linen-shirt?varian\#
        t=55875222333902","path":"/products/travel-mug","title":"Linen shirt | Example shop"\#
        },"client":{"ip":"117.160.201.0","user_agent":"Mozilla/5.0 (Macintosh; Intel Mac OS \#
        X 10_15_7) Appzilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1\#
        .15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1","language":"de"},"c\#
        lick":{"gbraid":"0AAAAA-OiM4zE81tbV9fAMgx9MaW"},"utm":{"source":"google","medium":"c\#
        pc","campaign":"nepaid","source_name":"web","customer_locale":"en","admin_graphql_ap\#
        i_id":"gid://shopify/Order/9470339271588","created_at":"2027-01-03T06:13:42.478Z","p\#
        rocessed_at":"2027-01-03T06:13:42.478Z","updated_at":"2027-01-03T06:13:42.478Z","ord\#
        er_number":"42305","co99718ef8f7a806a","postal_code_sha256":"0b3e3ed83ff25c400e5661b\#
        9e5dc34196f6a2a97b0ec5ca1df4f3f669da3b337","country":"IT"},"page":{"url":"https://st\#
        ore.example.com/products/rain-jacket?utm_source=google&utm_medium=cpc&utm_campaign=s\#
        ummer&ct_tracking_id=ad0bd,"checkout_token":"7e18d47a9343949bf232573241e7f1b1","cust\#
        omer_id":"4818480120083","status":"pending","test":false},"value":{"amount":"230.00"\#
        ,"currency":"SEK"},"items":[{"id":"173743231724","variant":"30626664090935","title":\#
        "Travel mug","quantity":2,"pri","sku":"DES-4654","title":"Desk lamp","quantity":3,"p\#
        rice":"20.90"}]}
        {"collector":"019bb428-00a2-75b3-9fd6-14132c22c5c6","epoch":"019fbca7-90e4-75a3-81dd\#
        -f802c3b919c1","lane":"pageview","first_seq":36178,"last_seq":36195,"count":18,"gaps\#
        ":[],"chain_beforn_checkout","site":"019fcae9-40ab-7df1-aa85-84fea644b9a5","source":\#
        "browser","class":"site_key","occurred_at":"2031-01-26T02:22:02.211Z","received_at":\#
        "2031-01-26T02:22:02.974Z","clock_offset_ms":0,"visitor":"aaef0101-2695-4995-9e6f-89\#
        e060680f98","session""processed_at":"2030-09-24T06:31:20.722Z","updated_at":"2030-09\#
        -24T06:31:20.722Z","order_number":"65261","confirmed":true,"buyer_accepts_marketing"\#
        :false,"totals":{"subtotal":"127.99","tax":"237.50","shipping":"0.00","discounts":"0\#
        .00"}}}
        {"seq":4,"id":"01?utm_source=newsletter&utm_medium=email&utm_campaign=summer&gbraid=\#
        0AAAAAUJ6DnHW7xtrEtBwWwGwNMq","title":"Tea set | Example shop","referrer":"https://w\#
        ww.pinterest.com/"},"client":{"ip":"141.128.178.0","user_agent":"Mozilla/5.0 (Window\#
        s NT 10.0; Win64; x64Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E14\#
        8 [FBAN/FBIOS;FBAV/450.0.0.38.108]","language":"en","screen":"768x1024","country":"C\#
        H","device":"mobile","browser":"Facebook","os":"iOS"},"utm":{"source":"newsletter","\#
        medium":"email","campaign set","quantity":1,"price":"154.00","line_item_id":"8437777\#
        1129458","discount":"0"}],"data":{"topic":"orders/paid","event_id":"26ffc0d9-a19f-4a\#
        a9-a7a3-a11ae391f54b","api_version":"2026-01","triggered_at":"2029-08-18T01:10:09.36\#
        4Z","financial_status":"paid"view":"2028-10-24T14:54:41.960Z"},"refused":{"conversio\#
        n":{},"interaction":{},"pageview":{}},"sent_at":"2028-10-24T14:54:41.960Z","clock_of\#
        fset_ms":0,"schema":1,"shipper":"convey-collector/1.0.0"}
        {"seq":1,"id":"order.updated:875092:5749c8271d3bbe26","type","city":"New York","devi\#
        ce":"desktop","browser":"Firefox","os":"Windows"},"consent":{"analytics":"granted","\#
        ad_user_data":"denied","ad_personalization":"denied"},"value":{"amount":"248.90","cu\#
        rrency":"USD"},"items":[{"id":"425087995245","title":"Wool scar"type":"purchase","si\#
        te":"0195e93a-647f-7271-b0cb-d46200905459","source":"shopify","class":"webhook","occ\#
        urred_at":"2026-10-16T19:30:39.257Z","received_at":"2026-10-16T19:30:39.257Z","clock\#
        _offset_ms":0,"user":{"external_id":"422726531662","email_sha256":"933","country":"A\#
        U"},"page":{"url":"https://shop.example/pages/about"},"client":{"ip":"203.0.113.0","\#
        user_agent":"Mozilla/5.0 (X
        """#
}
