import HTTP

/// The bodies of the two contracts, as JSON Schemas.
extension IntakeOperations {
    static let cartEvent = Operation.Schema(
        "CartEvent",
        """
        {"type":"object","required":["storeName"],"properties":{\
        "storeName":{"type":"string","minLength":1},\
        "productId":{"type":["string","number","null"]},"productTitle":{"type":["string","null"]},\
        "productUrl":{"type":["string","null"]},"variantId":{"type":["string","number","null"]},\
        "customerEmail":{"type":["string","null"]},"customerFirstName":{"type":["string","null"]},\
        "customerLastName":{"type":["string","null"]},"generatedImageUrl":{"type":["string","null"]},\
        "personImageUrl":{"type":["string","null"]},"clothingImageUrl":{"type":["string","null"]},\
        "userAgent":{"type":["string","null"]},"sessionId":{"type":["string","number","null"]}}}
        """)

    static let cartEvents = Operation.Schema(
        "CartEvents",
        """
        {"type":"object","required":["events"],"properties":{"events":{"type":"array","minItems":1,\
        "maxItems":500,"items":{"$ref":"#/components/schemas/CartEvent"}}}}
        """, uses: [cartEvent])

    static let cartTracked = Operation.Schema(
        "CartTracked",
        """
        {"type":"object","required":["status","message","data"],"additionalProperties":false,\
        "properties":{"status":{"const":"success"},\
        "message":{"const":"Cart event tracked successfully"},"data":{"type":"object",\
        "required":["id","createdAt"],"additionalProperties":false,"properties":{\
        "id":{"type":"string","pattern":"^cart-event-[0-9]+-[0-9a-f]+$"},\
        "createdAt":{"type":"string"}}}}}
        """)

    static let cartError = Operation.Schema(
        "CartError",
        """
        {"type":"object","required":["status","error","message"],"additionalProperties":false,\
        "properties":{"status":{"const":"error"},"error":{"type":"string"},\
        "message":{"type":"string"},"code":{"type":"string"},"details":{"type":"object",\
        "required":["field","reason"],"additionalProperties":false,\
        "properties":{"field":{"type":"string"},"reason":{"type":"string"}}}}}
        """)

    static let cartResults = Operation.Schema(
        "CartResults",
        """
        {"type":"object","required":["status","message","data"],"additionalProperties":false,\
        "properties":{"status":{"enum":["success","error"]},"message":{"type":"string"},\
        "data":{"type":"object","required":["tracked","failed","results"],"properties":{\
        "tracked":{"type":"integer"},"failed":{"type":"integer"},"results":{"type":"array",\
        "items":{"anyOf":[{"$ref":"#/components/schemas/CartTracked"},\
        {"$ref":"#/components/schemas/CartError"}]}}}}}}
        """, uses: [cartTracked, cartError])

    static let cartFailure = Operation.Schema(
        "CartFailure",
        """
        {"anyOf":[{"$ref":"#/components/schemas/CartResults"},\
        {"$ref":"#/components/schemas/CartError"}]}
        """, uses: [cartResults, cartError])

    static let campaignConversion = Operation.Schema(
        "CampaignConversion",
        """
        {"type":"object","required":["tracking_id","campaign_link_id","event_type"],"properties":{\
        "tracking_id":{"type":"string","minLength":36,"maxLength":36},\
        "campaign_link_id":{"type":"string","minLength":36,"maxLength":36},\
        "event_type":{"type":"string","minLength":1},\
        "revenue_amount":{"type":["string","number","null"]},"currency":{"type":["string","null"]},\
        "event_data":{"type":["object","null"]}}}
        """)

    static let conversionTaken = Operation.Schema(
        "ConversionTaken",
        """
        {"type":"object","required":["success","data"],"additionalProperties":false,"properties":{\
        "success":{"const":true},"data":{"type":"object",\
        "required":["id","attributed","days_since_click","warnings"],"additionalProperties":false,\
        "properties":{"id":{"type":"string"},"attributed":{"type":["boolean","null"]},\
        "days_since_click":{"type":["integer","null"]},\
        "warnings":{"type":"array","items":{"type":"string"}}}}}}
        """)

    static let conversionError = Operation.Schema(
        "ConversionError",
        """
        {"type":"object","required":["success","error","code"],"additionalProperties":false,\
        "properties":{"success":{"const":false},"error":{"type":"string"},\
        "code":{"type":"string"},"field":{"type":"string"}}}
        """)
}
