/// A call of Segment's HTTP tracking API.
enum SegmentCall: String {
    case track, page, screen, identify, group, alias

    /// The event type; nil for `track`, whose event has a name of its own.
    var type: String? {
        switch self {
        case .track: nil
        case .page: "page_view"
        case .screen: "screen_view"
        case .identify, .group, .alias: rawValue
        }
    }
}

/// What a name of Segment's ecommerce specification means here.
/// - Source: Segment's "Spec: V2 Ecommerce Events", the names that version 1 had for them, and the
///   sign-up and sign-in of "Spec: B2B SaaS".
struct SegmentName {
    let type: String
    /// The event is about one product, whose fields stand among the properties.
    var isOfOneProduct = false
    /// The state of the order that the event tells of.
    var orderStatus: String?

    /// The meaning of an event's name; one that is not in the table is a type of its own.
    init(_ name: String) {
        let type = ForeignName.type(name)
        self = Self.table[type] ?? SegmentName(type: type)
    }

    /// Whether the event is a sale or its return: then its money must be readable.
    var isSale: Bool { type == "purchase" || type == "refund" }

    private init(type: String, isOfOneProduct: Bool = false, orderStatus: String? = nil) {
        self.type = type
        self.isOfOneProduct = isOfOneProduct
        self.orderStatus = orderStatus
    }

    private static func product(_ type: String) -> SegmentName {
        SegmentName(type: type, isOfOneProduct: true)
    }

    private static let table: [String: SegmentName] = [
        "products_searched": SegmentName(type: "search"),
        "product_list_viewed": SegmentName(type: "view_item_list"),
        "viewed_product_category": SegmentName(type: "view_item_list"),
        "promotion_viewed": SegmentName(type: "view_promotion"),
        "viewed_promotion": SegmentName(type: "view_promotion"),
        "promotion_clicked": SegmentName(type: "select_promotion"),
        "clicked_promotion": SegmentName(type: "select_promotion"),
        "product_clicked": product("select_item"),
        "clicked_product": product("select_item"),
        "product_viewed": product("view_item"),
        "viewed_product": product("view_item"),
        "product_added": product("add_to_cart"),
        "added_product": product("add_to_cart"),
        "wishlist_product_added_to_cart": product("add_to_cart"),
        "product_removed": product("remove_from_cart"),
        "removed_product": product("remove_from_cart"),
        "product_added_to_wishlist": product("add_to_wishlist"),
        "product_removed_from_wishlist": product("remove_from_wishlist"),
        "product_shared": product("share"),
        "cart_shared": SegmentName(type: "share"),
        "cart_viewed": SegmentName(type: "view_cart"),
        "checkout_started": SegmentName(type: "begin_checkout"),
        "started_order": SegmentName(type: "begin_checkout"),
        "payment_info_entered": SegmentName(type: "add_payment_info"),
        "order_completed": SegmentName(type: "purchase"),
        "completed_order": SegmentName(type: "purchase"),
        "order_refunded": SegmentName(type: "refund"),
        "refunded_order": SegmentName(type: "refund"),
        "order_cancelled": SegmentName(type: "refund", orderStatus: "cancelled"),
        "order_canceled": SegmentName(type: "refund", orderStatus: "cancelled"),
        "cancelled_order": SegmentName(type: "refund", orderStatus: "cancelled"),
        "signed_up": SegmentName(type: "sign_up"),
        "user_signed_up": SegmentName(type: "sign_up"),
        "signed_in": SegmentName(type: "login"),
        "user_signed_in": SegmentName(type: "login"),
    ]
}
