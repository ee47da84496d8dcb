//! What shops call their columns. Names are compared in lower case with everything but letters and
//! digits left out, so that `Customer ID`, `customer_id` and `CustomerID` are one.

use crate::dataset::schema::{Field, Role};

/// Names of one field in files of one role, the surest first.
pub(super) struct Names {
    /// Names that hardly mean anything else.
    pub strong: &'static [&'static str],
    /// Names that need the values to agree.
    pub weak: &'static [&'static str],
}

const NONE: Names = Names { strong: &[], weak: &[] };

/// A column name as it is compared. A type suffix as in `user_id:token` is left out.
pub(super) fn normalise(name: &str) -> String {
    let name = match name.rsplit_once(':') {
        Some((front, "token" | "token_seq" | "float" | "float_seq")) => front,
        _ => name,
    };
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a name stands for a field of some role beyond doubt.
pub(super) fn is_known(name: &str) -> bool {
    let name = normalise(name);
    let knows = |role: Role| {
        let strong = |&field: &Field| names(role, field).strong.contains(&name.as_str());
        role.fields().iter().any(strong)
    };
    Role::ALL.into_iter().any(knows)
}

/// Whether a name stands for the product beyond doubt.
pub(super) fn is_item(name: &str) -> bool {
    ITEM.contains(&normalise(name).as_str())
}

/// Whether a name stands for the shopper beyond doubt.
pub(super) fn is_user(name: &str) -> bool {
    USER.contains(&normalise(name).as_str())
}

/// The names of a field in files of a role.
pub(super) fn names(role: Role, field: Field) -> Names {
    match (role, field) {
        (Role::Events, field) => event_names(field),
        (Role::Catalog, field) => catalog_names(field),
        (Role::Users, Field::User) => {
            Names { strong: USER, weak: &["id", "name", "code", "number", "编号"] }
        }
        (Role::Users, _) => NONE,
    }
}

/// Names of the finest kinds of product, finest first.
pub(super) const FINE_KINDS: [&str; 5] =
    ["subcommoditydesc", "subcommodity", "producttype", "producttypename", "subcategory"];

const USER: &[&str] = &[
    "userid",
    "customerid",
    "shopperid",
    "householdid",
    "visitorid",
    "clientid",
    "memberid",
    "buyerid",
    "reviewerid",
    "accountid",
    "personid",
    "profileid",
    "householdkey",
    "customer",
    "shopper",
    "user",
    "visitor",
    "client",
    "member",
    "buyer",
    "customerno",
    "customernumber",
    "customerkey",
    "custid",
    "uid",
    "msno",
    "reviewer",
    "username",
    "hshdnum",
    "fullvisitorid",
    "anonymousid",
    "cardid",
    "sessionid",
    "session",
    "usersession",
    "usersessionid",
    "sid",
    "用户id",
    "用户",
    "会员id",
    "会员",
    "客户id",
    "客户",
    "顾客id",
    "顾客",
    "买家id",
];

const ITEM: &[&str] = &[
    "itemid",
    "productid",
    "stockcode",
    "sku",
    "skuid",
    // Amazon's products of 2023 are listed by the parent of their variants.
    "parentasin",
    "asin",
    "clothingid",
    "articleid",
    "productcode",
    "itemcode",
    "productkey",
    "productnumber",
    "productno",
    "goodsid",
    "movieid",
    "bookid",
    "isbn",
    "ean",
    "upc",
    "gtin",
    "aid",
    "iid",
    "pid",
    "productnum",
    "itemnum",
    "itemno",
    "product",
    "item",
    "article",
    "商品id",
    "商品编号",
    "商品编码",
    "商品",
    "产品id",
    "产品编号",
    "货号",
    "物品id",
];

const PRICE: &[&str] = &[
    "unitprice",
    "price",
    "listprice",
    "saleprice",
    "sellingprice",
    "retailprice",
    "actualprice",
    "discountedprice",
    "productprice",
    "itemprice",
    "单价",
    "价格",
    "售价",
];

const CATEGORY: &[&str] = &[
    "category",
    "categoryname",
    "productcategory",
    "categorycode",
    "categoryid",
    "maincategory",
    "categories",
    "department",
    "departmentname",
    "productgroup",
    "productgroupname",
    "producttype",
    "producttypename",
    "commodity",
    "commoditydesc",
    "division",
    "genres",
    "genre",
    "section",
    "类别",
    "类目",
    "分类",
    "品类",
];

const BRAND: &[&str] =
    &["brand", "brandname", "brandid", "manufacturer", "maker", "vendor", "label", "品牌", "厂商"];

const TITLE: &[&str] = &[
    "title",
    "name",
    "productname",
    "producttitle",
    "itemname",
    "itemtitle",
    "displayname",
    "prodname",
    "productdisplayname",
    "movietitle",
    "booktitle",
    "商品名称",
    "商品标题",
    "产品名称",
    "名称",
    "标题",
];

#[expect(clippy::too_many_lines, reason = "a table of names, not logic")]
fn event_names(field: Field) -> Names {
    match field {
        Field::User => Names { strong: USER, weak: &["id"] },
        Field::Item => Names { strong: ITEM, weak: &["code", "itemcategoryid"] },
        Field::Time => Names {
            strong: &[
                "timestamp",
                "datetime",
                "eventtime",
                "transactiontimestamp",
                "time",
                "ts",
                "invoicedate",
                "orderdate",
                "purchasedate",
                "transactiondate",
                "eventtimestamp",
                "unixreviewtime",
                "unixtime",
                "eventdate",
                "reviewtime",
                "reviewdate",
                "date",
                "timems",
                "createdat",
                "created",
                "updatedat",
                "occurredat",
                "tdat",
                "时间",
                "时间戳",
                "日期",
                "下单时间",
            ],
            weak: &["day", "when", "at", "clock", "step"],
        },
        Field::Event => Names {
            strong: &[
                "event",
                "eventtype",
                "eventname",
                "behavior",
                "behaviour",
                "behaviortype",
                "action",
                "actiontype",
                "interaction",
                "interactiontype",
                "activity",
                "行为",
                "行为类型",
                "事件",
            ],
            weak: &["type", "kind", "op", "feedback"],
        },
        Field::Quantity => Names {
            strong: &["quantity", "qty", "units", "unitssold", "quantitysold", "数量", "件数"],
            weak: &["amount", "count", "number", "num", "pieces", "n"],
        },
        Field::Price => Names { strong: PRICE, weak: &["cost", "unitcost"] },
        Field::Total => Names {
            strong: &[
                "salesvalue",
                "totalprice",
                "linetotal",
                "totalamount",
                "total",
                "revenue",
                "spend",
                "sales",
                "金额",
                "总价",
            ],
            weak: &["amount", "value", "paid"],
        },
        Field::Rating => Names {
            strong: &[
                "rating",
                "stars",
                "overall",
                "score",
                "starrating",
                "ratings",
                "评分",
                "星级",
            ],
            weak: &["amount", "value", "points"],
        },
        Field::Query => Names {
            strong: &[
                "query",
                "searchquery",
                "searchterm",
                "searchterms",
                "keyword",
                "keywords",
                "searchtext",
                "搜索词",
                "查询",
            ],
            weak: &["search", "q"],
        },
        Field::Review => Names {
            strong: &[
                "reviewtext",
                "reviewbody",
                "review",
                "reviewcontent",
                "comment",
                "comments",
                "text",
                "评论",
                "评价",
            ],
            weak: &["body", "content", "message"],
        },
        Field::Order => Names {
            strong: &[
                "invoiceno",
                "invoice",
                "invoiceid",
                "orderid",
                "orderno",
                "transactionid",
                "basketid",
                "ordernumber",
                "订单号",
                "订单id",
            ],
            weak: &["order", "basket", "transaction"],
        },
        Field::Title => Names {
            strong: &[
                "productname",
                "producttitle",
                "itemname",
                "itemtitle",
                "movietitle",
                "booktitle",
                "title",
                "description",
                "productdescription",
                "商品名称",
                "产品名称",
            ],
            weak: &["name"],
        },
        Field::Category => Names { strong: CATEGORY, weak: &["class", "classname"] },
        Field::Brand => Names { strong: BRAND, weak: &[] },
        Field::Description | Field::Stock | Field::Picture => NONE,
    }
}

fn catalog_names(field: Field) -> Names {
    match field {
        Field::Item => Names { strong: ITEM, weak: &["id", "code", "key", "编号"] },
        Field::Title => Names {
            strong: TITLE,
            weak: &["label", "description", "desc", "instruction", "utterance"],
        },
        Field::Description => Names {
            strong: &[
                "description",
                "productdescription",
                "longdescription",
                "detaildesc",
                "details",
                "detail",
                "desc",
                "abstract",
                "summary",
                "描述",
                "商品描述",
                "详情",
            ],
            weak: &["text", "body", "about", "content", "features", "response", "answer"],
        },
        Field::Category => {
            Names { strong: CATEGORY, weak: &["class", "classname", "type", "group"] }
        }
        Field::Brand => Names { strong: BRAND, weak: &[] },
        Field::Price => Names { strong: PRICE, weak: &["cost", "amount"] },
        Field::Stock => Names {
            strong: &[
                "stock",
                "currentstock",
                "instock",
                "inventory",
                "stockquantity",
                "stocklevel",
                "onhand",
                "unitsinstock",
                "库存",
            ],
            weak: &["quantity", "qty", "available", "units"],
        },
        Field::Picture => Names {
            strong: &[
                "picture",
                "image",
                "imageurl",
                "picturereference",
                "pictureurl",
                "img",
                "imgurl",
                "photo",
                "thumbnail",
                "imagelink",
                "imagefile",
                "图片",
            ],
            weak: &["icon", "poster", "media"],
        },
        _ => NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        for name in ["user_id", "User ID", "userId", "user_id:token", "USER-ID"] {
            assert_eq!(normalise(name), "userid", "{name}");
        }
        assert_eq!(normalise("用户ID"), "用户id");
    }

    #[test]
    fn every_name_is_written_as_it_is_compared_and_means_one_thing() {
        for role in Role::ALL {
            for &field in role.fields() {
                let Names { strong, weak } = names(role, field);
                let all: Vec<_> = strong.iter().chain(weak).collect();
                for name in &all {
                    assert_eq!(&normalise(name), **name, "{role} {field}");
                    let uses = all.iter().filter(|other| other == &name).count();
                    assert_eq!(uses, 1, "{role} {field} {name}");
                }
            }
        }
    }
}
